using Quern.Execution.Runs;
using Quern.Execution.Windows.Logon;

namespace Quern.Windows.Tests.Starting;

public sealed class When_a_run_cannot_start
{
    [Fact]
    public async Task Should_say_what_the_logon_says()
    {
        await using var farm = new WindowsFarm(options => options with { Logon = _ => new LogonRefused("account 'x' on host 'y' cannot be logged on: for this reason: do that") });
        await farm.Output(WindowsFarm.Launch(1, "echo"));
        Assert.Equal((RunEndCause.BadLogin, "account 'x' on host 'y' cannot be logged on: for this reason: do that"), (farm.End(new RunKey(1, 0, 1))!.Cause, farm.End(new RunKey(1, 0, 1))!.Text));
    }

    [Fact]
    public async Task Should_refuse_without_a_way_to_log_on()
    {
        await using var farm = new WindowsFarm(options => options with { Logon = null });
        await farm.Output(WindowsFarm.Launch(1, "echo"));
        Assert.Equal(RunEndCause.BadLogin, farm.End(new RunKey(1, 0, 1))!.Cause);
    }

    [Fact]
    public async Task Should_name_the_proxy_that_is_not_there()
    {
        await using var farm = new WindowsFarm(options => options with { ProxyPath = @"C:\none\quern-proxy.exe" });
        await farm.Output(WindowsFarm.Launch(1, "echo"));
        var end = farm.End(new RunKey(1, 0, 1))!;
        Assert.Equal(RunEndCause.Refused, end.Cause);
        Assert.Contains(@"'C:\none\quern-proxy.exe' cannot be started", end.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_name_the_drive_that_cannot_be_connected()
    {
        await using var farm = new WindowsFarm();
        await farm.Output(WindowsFarm.Launch(1, "echo") with { Drives = new Dictionary<string, string> { ["X:"] = @"\\no-such-server\share" } });
        var end = farm.End(new RunKey(1, 0, 1))!;
        Assert.Equal(RunEndCause.Refused, end.Cause);
        Assert.Contains(@"drive X: cannot be connected to '\\no-such-server\share'", end.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_name_the_shell_that_is_not_there()
    {
        await using var farm = new WindowsFarm();
        await farm.Output(WindowsFarm.Launch(1, "echo") with { Shell = @"C:\none\shell.exe" });
        Assert.Equal(127, farm.End(new RunKey(1, 0, 1))!.ExitCode);
        Assert.Contains(@"'C:\none\shell.exe' cannot be started", farm.End(new RunKey(1, 0, 1))!.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_work_elsewhere_when_the_directory_cannot_be_entered_and_say_so()
    {
        await using var farm = new WindowsFarm();
        var launch = WindowsFarm.Launch(1, "cd") with { WorkingDirectory = @"C:\no\such\folder" };
        Assert.Equal(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), (await farm.Output(launch)).Trim(), ignoreCase: true);
        Assert.Contains(@"cannot work in the directory 'C:\no\such\folder'", farm.Text(launch.Key, isError: true), StringComparison.Ordinal);
    }
}
