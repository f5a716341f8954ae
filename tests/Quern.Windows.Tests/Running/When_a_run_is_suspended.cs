using Quern.Execution.Runs;

namespace Quern.Windows.Tests.Running;

public sealed class When_a_run_is_suspended
{
    [Fact]
    public async Task Should_stand_still_and_go_on()
    {
        await using var farm = new WindowsFarm();
        var file = Path.Combine(farm.Folder, "done");
        var launch = WindowsFarm.Frames(1, Child.Line("last", file), WindowsFarm.Frame(1)) with { ItemTimeLimitSeconds = 300 };
        farm.Host.Start(launch);
        await farm.Until(() => farm.Text(launch.Key).Contains("on", StringComparison.Ordinal), "it works");
        farm.Host.Order(launch.Key, new SuspendRun());
        await farm.Until(() => farm.Host.Find(launch.Key)!.IsSuspended, "it stands still");
        File.WriteAllText(file, "");
        farm.Host.Order(launch.Key, new ResumeRun());
        farm.Host.Order(launch.Key, new FinishRun());
        await farm.UntilEnded(launch.Key);
        Assert.Equal([true, false], farm.Bodies<RunSuspended>(launch.Key).Select(record => record.Is));
        Assert.Equal((ItemEndCause.Exited, 4), (farm.Bodies<RunItemEnded>(launch.Key).Single().Cause, farm.Bodies<RunItemEnded>(launch.Key).Single().ExitCode));
    }

    [Fact]
    public async Task Should_end_when_it_is_killed_while_it_stands_still()
    {
        await using var farm = new WindowsFarm();
        var launch = WindowsFarm.Frames(1, Child.Line("wait"), WindowsFarm.Frame(1));
        farm.Host.Start(launch);
        await farm.Until(() => farm.Text(launch.Key).Contains("waiting", StringComparison.Ordinal), "it runs");
        farm.Host.Order(launch.Key, new SuspendRun());
        await farm.Until(() => farm.Host.Find(launch.Key)!.IsSuspended, "it stands still");
        farm.Host.Order(launch.Key, new KillRun("told so", WorkerStopping: false));
        await farm.UntilEnded(launch.Key);
        Assert.Equal(RunEndCause.Killed, farm.End(launch.Key)!.Cause);
        Assert.Equal(0, WindowsFarm.Living());
    }
}
