using Quern.Execution.Unix;
using Quern.Execution.Runs;

namespace Quern.Execution.Tests.Commands;

public sealed class When_a_run_has_a_place_of_its_own(RealMachine machine)
{
    private static readonly string[] Usual = ["HOME", "LANG", "LOGNAME", "PATH", "PWD", "QBJOBID", "QUERN_ATTEMPT", "QUERN_RUN", "SHELL", "TMPDIR", "USER"];

    private static IEnumerable<string> Folders(int job) => Directory.EnumerateFileSystemEntries("/tmp", $"quern-{job}.0.1-*");

    [Fact]
    public async Task Should_have_a_private_temporary_folder_that_ends_with_it()
    {
        await using var farm = new TestFarm(machine);
        var output = await farm.Output(TestFarm.Launch(9001, "stat -c '%a %U %G %F' $TMPDIR; echo x > $TMPDIR/file; echo $TMPDIR"));
        var lines = output.Split('\n');
        Assert.Equal($"700 {RealMachine.Artist} {RealMachine.Artist} directory", lines[0]);
        Assert.StartsWith("/tmp/quern-9001.0.1-", lines[1], StringComparison.Ordinal);
        Assert.Empty(Folders(9001));
    }

    [Fact]
    public async Task Should_keep_it_from_one_item_to_the_next()
    {
        await using var farm = new TestFarm(machine);
        Assert.Equal("1\n2\n", await farm.Output(TestFarm.Frames(9002, "echo x >> $TMPDIR/count; wc -l < $TMPDIR/count", TestFarm.Frame(1), TestFarm.Frame(2)), finishes: true));
        Assert.Empty(Folders(9002));
    }

    [Fact]
    public async Task Should_remove_whatever_a_job_leaves_there_and_nothing_that_its_links_point_to()
    {
        var precious = Directory.CreateTempSubdirectory("qxprecious");
        File.WriteAllText(Path.Combine(precious.FullName, "file"), "kept");
        File.SetUnixFileMode(precious.FullName, (UnixFileMode)0x1FF);
        await using var farm = new TestFarm(machine);
        var output = await farm.Output(TestFarm.Launch(9003, $"""
            cd $TMPDIR
            ln -s {precious.FullName} link
            ln -s /nowhere dangling
            mkfifo pipe
            mkdir shut; touch shut/file; mkdir shut/inner; touch shut/inner/file; chmod 0 shut/inner; chmod 0 shut
            touch "$(printf 'b\377d\n name')"
            mkdir -p wide; (cd wide; seq 1 5000 | xargs touch)
            deep=$(seq -s/ 1 850); mkdir -p $deep; ln -s {precious.FullName} $deep/link
            echo made
            """));
        Assert.Equal("made\n", output);
        Assert.Empty(Folders(9003));
        Assert.Equal("kept", File.ReadAllText(Path.Combine(precious.FullName, "file")));
        precious.Delete(recursive: true);
    }

    [Fact]
    public async Task Should_have_it_removed_by_the_worker_when_the_proxy_was_killed()
    {
        var precious = Directory.CreateTempSubdirectory("qxprecious");
        File.WriteAllText(Path.Combine(precious.FullName, "file"), "kept");
        await using var farm = new TestFarm(machine);
        var launch = TestFarm.Launch(9004, $"cd $TMPDIR; mkdir -p a/b; ln -s {precious.FullName} a/b/link; ln -s {precious.FullName} root; touch a/file; echo ready; sleep 600");
        farm.Host.Start(launch);
        await farm.Until(() => farm.Text(launch.Key) == "ready\n", "the command runs");
        Assert.Single(Folders(9004));
        using (var proxy = System.Diagnostics.Process.GetProcessById(farm.Bodies<RunReady>(launch.Key).Single().Pid))
        {
            proxy.Kill();
        }

        await farm.UntilEnded(launch.Key);
        farm.Host.Forget(launch.Key);
        await farm.Until(() => !Folders(9004).Any(), "the worker has removed the folder");
        Assert.Equal("kept", File.ReadAllText(Path.Combine(precious.FullName, "file")));
        precious.Delete(recursive: true);
    }

    [Fact]
    public void Should_not_let_the_worker_remove_what_the_account_itself_could_not()
    {
        Assert.SkipUnless(machine.IsRoot, "needs root: real accounts are used");
        var folder = Directory.CreateTempSubdirectory("qxroots");
        File.WriteAllText(Path.Combine(folder.FullName, "file"), "kept");
        var account = new Accounts.Account(RealMachine.Artist, 6101, 6101, [6101], "/tmp", "/bin/sh");
        var said = new List<string>();
        Leftovers.Remove(account, [folder.FullName], said.Add);
        Assert.Contains("remove it by hand", Assert.Single(said), StringComparison.Ordinal);
        Assert.Equal("kept", File.ReadAllText(Path.Combine(folder.FullName, "file")));
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Should_be_refused_where_the_folder_cannot_be_made()
    {
        await using var farm = new TestFarm(machine);
        var launch = TestFarm.Launch(9005, "echo never") with { TemporaryRoot = "/root" };
        Assert.Equal("", await farm.Output(launch));
        var end = farm.End(launch.Key)!;
        Assert.Equal(RunEndCause.Refused, end.Cause);
        Assert.Contains("worker_temp_folder", end.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_take_from_an_exported_environment_all_but_what_is_the_submitters_own()
    {
        await using var farm = new TestFarm(machine);
        var launch = TestFarm.Launch(9006, "env") with
        {
            IsEnvironmentExported = true,
            Environment = new Dictionary<string, string> { ["HOME"] = "/home/ann", ["USER"] = "ann", ["TMPDIR"] = "/home/ann/tmp", ["DISPLAY"] = ":0", ["SSH_AUTH_SOCK"] = "/s", ["PATH"] = "/usr/bin:/bin:/opt/tool", ["SHOW"] = "x" },
        };
        var variables = Variables(await farm.Output(launch));
        Assert.Equal(("/home/" + RealMachine.Artist, RealMachine.Artist, "/usr/bin:/bin:/opt/tool", "x"), (variables["HOME"], variables["USER"], variables["PATH"], variables["SHOW"]));
        Assert.Equal([.. Usual.Append("SHOW").Order()], variables.Keys.Order());
    }

    [Fact]
    public async Task Should_give_each_item_the_number_of_its_attempt()
    {
        await using var farm = new TestFarm(machine);
        Assert.Equal("3 7 0007\n", await farm.Output(TestFarm.Frames(9007, "echo $QUERN_ATTEMPT $QB_FRAME_NUMBER $QB_PADDED_FRAME_NUMBER", TestFarm.Frame(7, attempt: 3)), finishes: true));
    }

    private static Dictionary<string, string> Variables(string output) =>
        output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
}
