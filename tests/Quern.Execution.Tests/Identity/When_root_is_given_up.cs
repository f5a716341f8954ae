using Quern.Execution.Accounts;
using Quern.Execution.Runs;

namespace Quern.Execution.Tests.Identity;

/// <summary>Identity and irreversibility, by the numbers of docs/identity-tests.md.</summary>
public sealed class When_root_is_given_up(RealMachine machine)
{
    [Fact]
    public async Task T03_All_of_two_hundred_groups_arrive()
    {
        await using var farm = new TestFarm(machine);
        var groups = (await farm.Output(TestFarm.Launch(1, "id -G", RealMachine.Many))).Trim().Split(' ').Select(int.Parse).ToList();
        Assert.Equal(Enumerable.Range(6200, 200), groups.Skip(1).Order());
    }

    [Theory]
    [InlineData(false, "6101")]
    [InlineData(true, "0")]
    public async Task T06_A_set_user_id_program_changes_nothing_unless_the_host_allows_it(bool isAllowed, string expected)
    {
        await using var farm = new TestFarm(machine);
        farm.Policy = new AccountPolicy { AllowsSetuid = isAllowed };
        var copy = Path.Combine(farm.Folder, "id");
        File.Copy("/usr/bin/id", copy);
        File.SetUnixFileMode(copy, (UnixFileMode)0x9ED);
        Assert.SkipWhen(File.ReadLines("/proc/self/mounts").Select(line => line.Split(' ')).Where(words => farm.Folder.StartsWith(words[1], StringComparison.Ordinal)).MaxBy(words => words[1].Length)![3].Contains("nosuid", StringComparison.Ordinal), "the temporary folder is mounted nosuid");
        Assert.Equal($"{expected}\n{(isAllowed ? 0 : 1)}\n", await farm.Output(TestFarm.Launch(1, $"{copy} -u; awk '/NoNewPrivs/ {{print $2}}' /proc/self/status")));
    }

    [Fact]
    public async Task T07_Five_hundred_alternating_starts_never_mix_accounts()
    {
        await using var farm = new TestFarm(machine);
        for (var first = 1; first <= 500; first += 50)
        {
            var launches = Enumerable.Range(first, 50).Select(job => TestFarm.Launch(job, "id -u; id -g; id -G", job % 2 == 0 ? RealMachine.Artist : RealMachine.Other)).ToList();
            launches.ForEach(farm.Host.Start);
            foreach (var launch in launches)
            {
                await farm.UntilEnded(launch.Key);
                Assert.Equal(launch.Account == RealMachine.Artist ? "6101\n6101\n6101 6111 6112\n" : "6102\n6102\n6102\n", farm.Text(launch.Key));
            }
        }

        // T08: the worker's own threads are what they were.
        Assert.All(Directory.GetDirectories("/proc/self/task"), task => Assert.Equal("0\t0\t0\t0", File.ReadLines(task + "/status").Single(line => line.StartsWith("Uid:", StringComparison.Ordinal))[5..]));
    }

    [Fact]
    public async Task T08_Every_thread_of_the_worker_stays_root_and_free_of_no_new_privs_but_the_one_that_starts()
    {
        await using var farm = new TestFarm(machine);
        for (var job = 1; job <= 20; job++)
        {
            await farm.Output(TestFarm.Launch(job, "true"));
        }

        var threads = Directory.GetDirectories("/proc/self/task").Select(task => File.ReadAllLines(task + "/status")).ToList();
        Assert.All(threads, lines => Assert.Contains("Uid:\t0\t0\t0\t0", lines));
        Assert.Single(threads, lines => lines.Contains("NoNewPrivs:\t1"));
    }

    [Fact]
    public async Task T09_In_proxy_mode_the_submitter_is_a_word_in_the_environment()
    {
        await using var farm = new TestFarm(machine);
        var launch = TestFarm.Launch(1, "id -un; echo $QUERN_SUBMITTER", RealMachine.Proxy) with { Submitter = RealMachine.Artist, FarmEnvironment = new Dictionary<string, string> { ["QUERN_SUBMITTER"] = RealMachine.Artist } };
        Assert.Equal($"{RealMachine.Proxy}\n{RealMachine.Artist}\n", await farm.Output(launch));
    }

    [Fact]
    public async Task T10_Files_belong_to_the_account_with_the_umask_of_the_launch()
    {
        await using var farm = new TestFarm(machine);
        var output = await farm.Output(TestFarm.Launch(1, "cd; rm -f made; touch made; stat -c '%U:%G %a' made; umask") with { Umask = 0x1F });
        Assert.Equal($"{RealMachine.Artist}:{RealMachine.Artist} 640\n0037\n", output);
    }

    [Theory]
    [InlineData("setgid", "setgroups")]
    [InlineData("setuid", "setresuid")]
    public async Task T11_T12_Without_the_capability_nothing_of_the_user_runs_and_the_step_is_named(string capability, string step)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/setpriv"), "setpriv is not there (util-linux)");
        var script = Path.Combine(Path.GetTempPath(), "qx-" + capability + "-" + Environment.ProcessId);
        await File.WriteAllTextAsync(script, $"#!/bin/sh\nexec /usr/bin/setpriv --bounding-set -{capability} --inh-caps -{capability} {machine.ProxyPath}\n", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(script, (UnixFileMode)0x1ED);
        try
        {
            await using var farm = new TestFarm(machine, change: options => options with { ProxyPath = script });
            await farm.Output(TestFarm.Launch(1, "touch /tmp/qx-must-not-be"));
            var end = farm.End(new RunKey(1, 0, 1))!;
            Assert.Equal(RunEndCause.BadLogin, end.Cause);
            Assert.Contains($"(step {step}): Operation not permitted (1)", end.Text);
            Assert.False(File.Exists("/tmp/qx-must-not-be"));
        }
        finally
        {
            File.Delete(script);
        }
    }

    /// <summary>Takes the launch's journal and writes that it is ready: as whom is the argument. It stays what it was started as: root.</summary>
    private const string Liar = """
        #!/usr/bin/python3
        import socket, array, struct, os, time
        def crc(data):
            value = 0xFFFFFFFF
            for byte in data:
                value ^= byte
                for _ in range(8):
                    value = (value >> 1) ^ (0x82F63B78 if value & 1 else 0)
            return value ^ 0xFFFFFFFF
        link = socket.socket(fileno=3)
        data, control, flags, address = link.recvmsg(65536, socket.CMSG_SPACE(4))
        journal = array.array('i', control[0][2])[0]
        name = b'liar'
        content = struct.pack('<BQ', 1, int(time.time() * 1000)) + struct.pack('<i', len(name)) + name + struct.pack('<IIi', UID, UID, os.getpid())
        os.write(journal, struct.pack('<II', len(content), crc(content)) + content)
        link.send(struct.pack('<iBq', 9, 16, 0))
        time.sleep(600)
        """;

    [Theory]
    [InlineData(0, "it says it holds uid 0 and gid 0")]
    [InlineData(6102, "it says it holds uid 6102")]
    [InlineData(6101, "the kernel reports uids 0/0/0/0")]
    public async Task A_proxy_that_is_not_the_account_is_ended_whatever_it_says(int claimed, string cause)
    {
        var script = Path.Combine(Path.GetTempPath(), "qx-liar-" + Environment.ProcessId);
        await File.WriteAllTextAsync(script, Liar.Replace("UID, UID", $"{claimed}, {claimed}", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        File.SetUnixFileMode(script, (UnixFileMode)0x1ED);
        try
        {
            await using var farm = new TestFarm(machine, change: options => options with { ProxyPath = script });
            var launch = TestFarm.Launch(1, "true");
            farm.Host.Start(launch);
            await farm.UntilEnded(launch.Key);
            Assert.Equal(RunEndCause.BadLogin, farm.End(launch.Key)!.Cause);
            Assert.Contains(cause, farm.End(launch.Key)!.Text);
        }
        finally
        {
            File.Delete(script);
        }
    }
}
