using Quern.Worker.Link;

namespace Quern.Worker.Tests;

public sealed class WorkerOptionsTests
{
    [Fact]
    public void Options_are_read_with_one_or_two_dashes_and_either_form()
    {
        var options = WorkerOptions.Parse(["--state", "/s", "-config=/etc/x", "--supervisor", "farm:7", "--name", "n1", "--slots=3", "--desktop", "--set", "proxy_account=a=b", "--set", "worker_cluster = /x", "--join", "@f", "--ready-file", "/r", "--foreground-kill", "--end-with-input"]);

        Assert.Equal(("/s", "/etc/x", "n1", "@f", "/r"), (options.State, options.Config, options.Name, options.Join, options.ReadyFile));
        Assert.Equal(new SupervisorAddress("farm", 7), options.Supervisor);
        Assert.True(options.IsDesktop && options.TermKills);
        Assert.Equal(("3", "a=b", "/x"), (options.Settings["worker_cpus"], options.Settings["proxy_account"], options.Settings["worker_cluster"]));
    }

    [Theory]
    [InlineData("--colour")]
    [InlineData("--colour", "x")]
    [InlineData("word")]
    [InlineData("--state")]
    [InlineData("--state=")]
    [InlineData("--slots", "-1")]
    [InlineData("--slots", "many")]
    [InlineData("--set", "novalue")]
    [InlineData("--name", "../up")]
    [InlineData("--supervisor", "farm:x")]
    [InlineData("--desktop=yes")]
    [InlineData("--")]
    public void Wrong_command_lines_are_refused_with_one_line(params string[] arguments)
    {
        var message = Assert.Throws<FormatException>(() => WorkerOptions.Parse(arguments)).Message;
        Assert.DoesNotContain('\n', message);
    }
}
