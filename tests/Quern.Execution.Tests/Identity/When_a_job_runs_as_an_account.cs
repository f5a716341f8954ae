using Quern.Execution.Runs;

namespace Quern.Execution.Tests.Identity;

public sealed class When_a_job_runs_as_an_account(RealMachine machine)
{
    private static string Field(string status, string name) => status.Split('\n').Single(line => line.StartsWith(name + ":")).Split(':', 2)[1].Trim();

    [Fact]
    public async Task Should_hold_exactly_its_ids_and_groups_and_no_capability()
    {
        await using var farm = new TestFarm(machine);
        var status = await farm.Output(TestFarm.Launch(1, "cat /proc/self/status"));
        Assert.Equal("6101\t6101\t6101\t6101", Field(status, "Uid"));
        Assert.Equal("6101\t6101\t6101\t6101", Field(status, "Gid"));
        Assert.Equal(["6101", "6111", "6112"], Field(status, "Groups").Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal("1", Field(status, "NoNewPrivs"));
        foreach (var set in (string[])["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"])
        {
            Assert.Equal(0UL, Convert.ToUInt64(Field(status, set), 16));
        }

        foreach (var mask in (string[])["SigBlk", "SigIgn"])
        {
            Assert.Equal(0UL, Convert.ToUInt64(Field(status, mask), 16));
        }

        Assert.Equal("0022", Field(status, "Umask"));
        var ready = Assert.Single(farm.Bodies<RunReady>(new RunKey(1, 0, 1)));
        Assert.Equal((RealMachine.Artist, 6101u, 6101u), (ready.Account, ready.Uid, ready.Gid));
    }

    [Fact]
    public async Task Should_not_be_able_to_become_root_again()
    {
        await using var farm = new TestFarm(machine);
        var output = await farm.Output(TestFarm.Launch(1, """
            python3 -c '
            import os
            for name, call in [("setuid", lambda: os.setuid(0)), ("setresuid", lambda: os.setresuid(0,0,0)), ("setgid", lambda: os.setgid(0)), ("setgroups", lambda: os.setgroups([0]))]:
                try:
                    call(); print(name, "worked")
                except PermissionError:
                    print(name, "refused")
            '
            """.Replace("python3", Python, StringComparison.Ordinal)));
        Assert.Equal("setuid refused\nsetresuid refused\nsetgid refused\nsetgroups refused\n", output);
    }

    [Fact]
    public async Task Should_hold_no_new_privs_and_no_capability_in_every_thread_of_the_proxy_which_cannot_be_read_by_the_job()
    {
        await using var farm = new TestFarm(machine);
        var launch = TestFarm.Launch(1, "cat /proc/$PPID/environ; kill -0 $PPID; read x < /proc/$PPID/mem || true; touch $QBMARK; while [ ! -e $QBMARK.go ]; do sleep 0.02; done") with
        {
            Environment = new Dictionary<string, string> { ["QBMARK"] = "/tmp/" + Path.GetRandomFileName() },
        };
        farm.Host.Start(launch);
        await farm.Until(() => File.Exists(launch.Environment["QBMARK"]), "the command runs");
        var pid = farm.Bodies<RunReady>(launch.Key).Single().Pid;
        foreach (var thread in Directory.GetDirectories($"/proc/{pid}/task"))
        {
            var status = File.ReadAllText(thread + "/status");
            Assert.Equal("1", Field(status, "NoNewPrivs"));
            Assert.Equal(0UL, Convert.ToUInt64(Field(status, "CapPrm"), 16));
            Assert.Equal("6101\t6101\t6101\t6101", Field(status, "Uid"));
        }

        File.WriteAllText(launch.Environment["QBMARK"] + ".go", "");
        await farm.UntilEnded(launch.Key);
        Assert.Contains("Permission denied", System.Text.Encoding.UTF8.GetString(farm.Bytes(launch.Key, isError: true)));
        File.Delete(launch.Environment["QBMARK"] + ".go");
        File.Delete(launch.Environment["QBMARK"]);
    }

    [Fact]
    public async Task Should_see_exactly_the_environment_that_was_declared()
    {
        await using var farm = new TestFarm(machine);
        var launch = TestFarm.Launch(7, "env") with { Environment = new Dictionary<string, string> { ["JOB"] = "a b", ["PATH"] = "/usr/bin:/bin", ["QBJOBID"] = "lie" } };
        var lines = (await farm.Output(launch)).Split('\n', StringSplitOptions.RemoveEmptyEntries).ToDictionary(line => line.Split('=')[0], line => line.Split('=', 2)[1]);
        Assert.StartsWith("7.0#1@", lines["QUERN_RUN"]);
        lines.Remove("QUERN_RUN");
        Assert.Matches("^/tmp/quern-7[.]0[.]1-[0-9a-f]{16}$", lines["TMPDIR"]);
        lines.Remove("TMPDIR");

        // The shell's own.
        lines.Remove("PWD");
        Assert.Equal(
            new SortedDictionary<string, string>
            {
                ["HOME"] = "/home/" + RealMachine.Artist, ["JOB"] = "a b", ["LANG"] = "C.UTF-8", ["LOGNAME"] = RealMachine.Artist, ["PATH"] = "/usr/bin:/bin",
                ["QBJOBID"] = "7", ["QUERN_ATTEMPT"] = "1", ["SHELL"] = "/bin/sh", ["USER"] = RealMachine.Artist,
            },
            new SortedDictionary<string, string>(lines));
    }

    [Fact]
    public async Task Should_have_only_its_three_descriptors_a_session_of_its_own_and_no_terminal()
    {
        await using var farm = new TestFarm(machine);
        var output = await farm.Output(TestFarm.Launch(1, "sh -c 'ls -l /proc/$PPID/fd | tr -s \" \" | cut -d\" \" -f9,11 | grep .'; ulimit -n; ulimit -c; cut -d' ' -f1,6,7 /proc/$$/stat; cat /proc/$$/oom_score_adj; pwd"));
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("0 /dev/null", lines[0]);
        Assert.StartsWith("1 pipe:", lines[1]);
        Assert.StartsWith("2 pipe:", lines[2]);
        Assert.Equal(["1024", "0"], lines[3..5]);
        var ids = lines[5].Split(' ');
        Assert.Equal(ids[0], ids[1]);
        Assert.Equal("0", ids[2]);
        Assert.Equal(["0", "/tmp"], lines[6..]);
    }

    [Fact]
    public async Task Should_run_in_its_home_where_the_directory_cannot_be_entered()
    {
        await using var farm = new TestFarm(machine);
        var output = await farm.Output(TestFarm.Launch(1, "pwd") with { WorkingDirectory = "/root/nowhere" });
        Assert.Equal("/home/" + RealMachine.Artist + "\n", output);
        Assert.Contains("cannot enter the working directory '/root/nowhere'", System.Text.Encoding.UTF8.GetString(farm.Bytes(new RunKey(1, 0, 1), isError: true)));
    }

    [Fact]
    public async Task Should_never_mix_accounts_when_many_start_at_once()
    {
        await using var farm = new TestFarm(machine);
        var launches = Enumerable.Range(1, 60).Select(job => TestFarm.Launch(job, "id -u; id -G", job % 2 == 0 ? RealMachine.Artist : RealMachine.Other)).ToList();
        launches.ForEach(farm.Host.Start);
        foreach (var launch in launches)
        {
            await farm.UntilEnded(launch.Key);
            Assert.Equal(launch.Account == RealMachine.Artist ? "6101\n6101 6111 6112\n" : "6102\n6102\n", farm.Text(launch.Key));
        }
    }

    internal static string Python => File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3";
}
