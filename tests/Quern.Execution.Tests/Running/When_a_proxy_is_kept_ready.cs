using Quern.Execution.Native;
using Quern.Execution.Runs;

namespace Quern.Execution.Tests.Running;

public sealed class When_a_proxy_is_kept_ready(RealMachine machine)
{
    [Fact]
    public async Task Should_be_the_one_that_runs_the_next_launch()
    {
        await using var farm = new TestFarm(machine);
        await farm.Until(() => Ready(farm).Count == 1, "one proxy is ready");
        var ready = Ready(farm).Single();
        await farm.Output(TestFarm.Launch(1, "true"));
        Assert.Equal(ready, farm.Bodies<RunReady>(new RunKey(1, 0, 1)).Single().Pid);
    }

    [Fact]
    public async Task Should_be_replaced_when_somebody_ended_it()
    {
        await using var farm = new TestFarm(machine);
        await farm.Until(() => Ready(farm).Count == 1, "one proxy is ready");
        var ready = Ready(farm).Single();
        Assert.Equal(0, LibC.kill(ready, LibC.SIGKILL));
        await farm.Until(() => Ready(farm).Count == 0, "it is gone");
        Assert.Equal("here\n", await farm.Output(TestFarm.Launch(1, "echo here")));
    }

    [Fact]
    public async Task Should_end_with_its_worker()
    {
        var farm = new TestFarm(machine);
        await farm.Until(() => Ready(farm).Count == 1, "one proxy is ready");
        var ready = Ready(farm).Single();
        await farm.DisposeAsync();
        Assert.False(Directory.Exists($"/proc/{ready}"));
    }

    /// <summary>Proxies of this host that live and have no run.</summary>
    private static List<int> Ready(TestFarm farm) => farm.Host.ReadyProxy is { } pid && IsAlive(pid) ? [pid] : [];

    private static bool IsAlive(int pid)
    {
        try
        {
            return !File.ReadAllText($"/proc/{pid}/stat").Split(')')[^1].StartsWith(" Z", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }
}
