using Quern.Cli.Install;
using Quern.Protocol.Api;

namespace Quern.Cli.Tests.Install;

public sealed class When_the_mode_is_shown : IDisposable
{
    private readonly FakeMachine _fake = new();
    private readonly StringWriter _output = new();

    [Fact]
    public async Task Should_say_who_has_the_host_in_dual_mode_and_why()
    {
        _fake.Make("/var/lib/quern/mode", "dual ann\n");
        await ShowAsync(new DualView { User = "ann", Holder = "desktop", Since = 0, Why = "ann is logged in" });
        Assert.StartsWith("dual ann\n", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("the service lends the host to the desktop worker of ann while they are logged in", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("the desktop worker of ann has the host since 1970-01-01", _output.ToString(), StringComparison.Ordinal);
        Assert.EndsWith(": ann is logged in\n", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_say_so_when_the_service_does_not_answer()
    {
        _fake.Make("/var/lib/quern/mode", "dual ann\n");
        await ShowAsync(null);
        Assert.Contains("nobody has the host", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_say_none_where_nothing_is_installed()
    {
        await ShowAsync(null);
        Assert.StartsWith("none\n", _output.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("has the host", _output.ToString(), StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _fake.Dispose();
        _output.Dispose();
    }

    private Task ShowAsync(DualView? dual) => ModeView.ShowAsync(_fake.Machine, _ => Task.FromResult(dual), _output, CancellationToken.None);
}
