using Quern.Execution.Runs;

namespace Quern.Execution.Tests.Commands;

public sealed class When_a_script_makes_the_environment(RealMachine machine)
{
    [Fact]
    public async Task Should_source_the_profile_as_the_account_and_take_what_it_exports()
    {
        await using var farm = new TestFarm(machine);
        var launch = Profiled(farm, 1, """
            echo "noise of $(id -un)"
            export TOOL=/opt/tool PATH="/opt/tool/bin:$PATH" WHO=$(id -un):$(id -u) JOB_SEEN=$QBJOBID MINE=profile QBJOBID=lie
            unset LANG
            plain=not-exported
            """, "echo $TOOL $PATH $WHO $JOB_SEEN $MINE $QBJOBID ${LANG-none} ${plain-none}") with { Environment = new Dictionary<string, string> { ["MINE"] = "job" } };
        Assert.Equal($"/opt/tool /opt/tool/bin:{Execution.Commands.JobEnvironment.UsualPath} {RealMachine.Artist}:6101 1 job 1 none none\n", await farm.Output(launch));
    }

    [Fact]
    public async Task Should_source_it_once_for_all_items_with_the_shell_that_it_names()
    {
        await using var farm = new TestFarm(machine);
        var launch = Profiled(farm, 2, """
            #!/bin/bash
            list=(a b); [[ ${list[1]} == b ]] && export COUNT=$(( $(cat $TMPDIR/count 2>/dev/null || echo 0) + 1 ))
            echo $COUNT > $TMPDIR/count
            """, "echo $COUNT $(cat $TMPDIR/count)") with { HasAgenda = true, JobType = "cmdrange", Items = [TestFarm.Frame(1), TestFarm.Frame(2)] };
        Assert.Equal("1 1\n1 1\n", await farm.Output(launch, finishes: true));
    }

    [Theory]
    [InlineData("echo first >&2; echo the tool is not installed >&2; return 3", "failed (exit status 3, 'the tool is not installed')")]
    [InlineData("exit 0", "ended the shell")]
    [InlineData("if", "failed (exit status 2")]
    [InlineData("kill -9 $$", "failed (signal 9)")]
    public async Task Should_refuse_the_run_when_the_profile_fails(string script, string says)
    {
        await using var farm = new TestFarm(machine);
        var launch = Profiled(farm, 3, script, "echo never");
        Assert.Equal("", await farm.Output(launch));
        var end = farm.End(launch.Key)!;
        Assert.Equal(RunEndCause.Refused, end.Cause);
        Assert.Contains(says, end.Text, StringComparison.Ordinal);
        Assert.Contains(launch.ProfilePath, end.Text, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', end.Text);
        Assert.Empty(Directory.EnumerateFileSystemEntries("/tmp", "quern-3.0.1-*"));
    }

    [Fact]
    public async Task Should_refuse_a_profile_that_is_not_there_or_that_the_account_cannot_read()
    {
        await using var farm = new TestFarm(machine);
        var launch = Profiled(farm, 4, "export A=1", "echo never");
        File.SetUnixFileMode(launch.ProfilePath, UnixFileMode.UserRead);
        await farm.Output(launch);
        Assert.Contains("cannot be read: Permission denied", farm.End(launch.Key)!.Text, StringComparison.Ordinal);
        var missing = launch with { Key = new RunKey(5, 0, 1), ProfilePath = "/nowhere/maya.sh" };
        await farm.Output(missing);
        Assert.Contains("'/nowhere/maya.sh' cannot be read: No such file", farm.End(missing.Key)!.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_leave_nothing_running_that_a_profile_started()
    {
        await using var farm = new TestFarm(machine);
        var launch = Profiled(farm, 6, "sleep 4711 & export A=1", "ps -o args= -u $USER");
        var output = await farm.Output(launch);
        Assert.Contains("ps -o args=", output, StringComparison.Ordinal);
        Assert.DoesNotContain("sleep 4711", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_read_the_accounts_login_files_when_asked()
    {
        await using var farm = new TestFarm(machine);
        var file = $"/home/{RealMachine.Artist}/.profile";
        File.WriteAllText(file, "export FROM_LOGIN=yes\necho noise\n");
        var launch = TestFarm.Launch(7, "echo ${FROM_LOGIN-no}");
        Assert.Equal("no\n", await farm.Output(launch));
        Assert.Equal("yes\n", await farm.Output(launch with { Key = new RunKey(8, 0, 1), IsLogin = true }));
        File.WriteAllText(file, "exit 9\n");
        var failing = launch with { Key = new RunKey(9, 0, 1), IsLogin = true };
        Assert.Equal("", await farm.Output(failing));
        Assert.Contains("as a login shell failed (exit status 9)", farm.End(failing.Key)!.Text, StringComparison.Ordinal);
        File.Delete(file);
    }

    private static Launch Profiled(TestFarm farm, int job, string script, string command)
    {
        var path = Path.Combine(farm.Folder, $"profile{job}.sh");
        File.WriteAllText(path, script + "\n");
        File.SetUnixFileMode(path, (UnixFileMode)0x1A4);
        return TestFarm.Launch(job, command) with { ProfilePath = path };
    }
}
