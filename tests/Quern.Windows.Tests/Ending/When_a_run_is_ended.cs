using System.Diagnostics;
using Quern.Execution.Runs;

namespace Quern.Windows.Tests.Ending;

public sealed class When_a_run_is_ended
{
    [Fact]
    public async Task Should_leave_nothing_of_a_tree_when_killed()
    {
        await using var farm = new WindowsFarm();
        var launch = WindowsFarm.Frames(1, Child.Line("tree"), WindowsFarm.Frame(1), WindowsFarm.Frame(2));
        farm.Host.Start(launch);
        await farm.Until(() => WindowsFarm.Living() >= 3, "the command, its child and its grandchild run");
        farm.Host.Order(launch.Key, new KillRun("told so", WorkerStopping: false));
        await farm.UntilEnded(launch.Key);
        Assert.Equal(0, WindowsFarm.Living());
        var item = farm.Bodies<RunItemEnded>(launch.Key).Single();
        Assert.Equal((1, ItemEndCause.Stopped, "told so"), (item.Item, item.Cause, item.Text));
        Assert.Equal(new RunItemReleased(2, 1), farm.Bodies<RunItemReleased>(launch.Key).Single());
        Assert.Equal((RunEndCause.Killed, "told so"), (farm.End(launch.Key)!.Cause, farm.End(launch.Key)!.Text));
        Assert.Contains(farm.Bodies<RunNote>(launch.Key), note => note.Text.StartsWith("CTRL_BREAK to ", StringComparison.Ordinal) && note.Text.EndsWith("KILL follows in 1 s: told so", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Should_give_a_command_its_grace()
    {
        await using var farm = new WindowsFarm();
        var file = Path.Combine(farm.Folder, "done");
        var launch = WindowsFarm.Frames(1, Child.Line("last", file), WindowsFarm.Frame(1)) with { KillGraceSeconds = 300 };
        farm.Host.Start(launch);
        await farm.Until(() => farm.Text(launch.Key).Contains("on", StringComparison.Ordinal), "it works");
        farm.Host.Order(launch.Key, new KillRun("told so", WorkerStopping: true));
        await farm.Until(() => farm.Bodies<RunNote>(launch.Key).Any(note => note.Text.StartsWith("CTRL_BREAK", StringComparison.Ordinal)), "it was asked to end");
        File.WriteAllText(file, "");
        await farm.UntilEnded(launch.Key);
        Assert.Contains("saved", farm.Text(launch.Key), StringComparison.Ordinal);
        Assert.Equal((ItemEndCause.Stopped, 4), (farm.Bodies<RunItemEnded>(launch.Key).Single().Cause, farm.Bodies<RunItemEnded>(launch.Key).Single().ExitCode));
        Assert.DoesNotContain(farm.Bodies<RunNote>(launch.Key), note => note.Text.StartsWith("KILL", StringComparison.Ordinal));
        Assert.Equal(RunEndCause.WorkerStopped, farm.End(launch.Key)!.Cause);
    }

    [Fact]
    public async Task Should_end_and_count_what_a_command_left_behind()
    {
        await using var farm = new WindowsFarm();
        var launch = WindowsFarm.Frames(1, Child.Line("leave"), WindowsFarm.Frame(1));
        await farm.Output(launch);
        Assert.Equal(0, WindowsFarm.Living());
        Assert.Equal((ItemEndCause.Exited, 0), (farm.Bodies<RunItemEnded>(launch.Key).Single().Cause, farm.Bodies<RunItemEnded>(launch.Key).Single().ExitCode));
        Assert.Contains(farm.Bodies<RunNote>(launch.Key), note => note.Text == "1 process left behind by the command was ended (KILL)");
    }

    [Fact]
    public async Task Should_keep_to_time_limits_of_items_and_runs()
    {
        await using var farm = new WindowsFarm();
        var items = WindowsFarm.Frames(1, $"if QB_FRAME_NUMBER==1 {Child.Line("wait")}", WindowsFarm.Frame(1), WindowsFarm.Frame(2)) with { ItemTimeLimitSeconds = 2 };
        var run = WindowsFarm.Launch(2, Child.Line("wait")) with { TimeLimitSeconds = 2 };
        farm.Host.Start(items);
        farm.Host.Start(run);
        farm.Host.Order(items.Key, new FinishRun());
        await farm.UntilEnded(items.Key);
        await farm.UntilEnded(run.Key);
        Assert.Equal([ItemEndCause.TimedOut, ItemEndCause.Exited], farm.Bodies<RunItemEnded>(items.Key).Select(item => item.Cause));
        Assert.Equal(RunEndCause.TimedOut, farm.End(run.Key)!.Cause);
        Assert.Equal(0, WindowsFarm.Living());
    }

    [Fact]
    public async Task Should_end_one_item_and_go_on_with_the_next()
    {
        await using var farm = new WindowsFarm();
        var launch = WindowsFarm.Frames(1, $"if QB_FRAME_NUMBER==1 {Child.Line("wait")}", WindowsFarm.Frame(1), WindowsFarm.Frame(2), WindowsFarm.Frame(3));
        farm.Host.Start(launch);
        await farm.Until(() => farm.Text(launch.Key).Contains("waiting", StringComparison.Ordinal), "the first item runs");
        farm.Host.Order(launch.Key, new RecallItems([(3, 1), (9, 1)]));
        farm.Host.Order(launch.Key, new KillItem(1, 1, "not wanted"));
        farm.Host.Order(launch.Key, new FinishRun());
        await farm.UntilEnded(launch.Key);
        Assert.Equal([(1, ItemEndCause.Stopped), (2, ItemEndCause.Exited)], farm.Bodies<RunItemEnded>(launch.Key).Select(item => (item.Item, item.Cause)));
        Assert.Equal([3], farm.Bodies<RunItemReleased>(launch.Key).Select(item => item.Item));
    }

    [Fact]
    public async Task Should_lose_the_item_and_end_the_tree_when_the_proxy_is_killed()
    {
        await using var farm = new WindowsFarm();
        var launch = WindowsFarm.Frames(1, Child.Line("tree"), WindowsFarm.Frame(1), WindowsFarm.Frame(2));
        farm.Host.Start(launch);
        await farm.Until(() => WindowsFarm.Living() >= 3, "the tree runs");
        Process.GetProcessById(farm.Bodies<RunReady>(launch.Key).Single().Pid).Kill();
        await farm.UntilEnded(launch.Key);
        Assert.Equal(0, WindowsFarm.Living());
        Assert.Equal((1, ItemEndCause.Lost), (farm.Bodies<RunItemEnded>(launch.Key).Single().Item, farm.Bodies<RunItemEnded>(launch.Key).Single().Cause));
        Assert.Equal(RunEndCause.ProxyLost, farm.End(launch.Key)!.Cause);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Should_end_with_the_worker_and_give_its_items_back(bool isDesktop)
    {
        await using var farm = new WindowsFarm();
        var launch = WindowsFarm.Frames(1, Child.Line("wait"), WindowsFarm.Frame(1), WindowsFarm.Frame(2)) with { IsDesktop = isDesktop };
        farm.Host.Start(launch);
        await farm.Until(() => farm.Text(launch.Key).Contains("waiting", StringComparison.Ordinal), "it runs");
        await farm.Restart();
        Assert.Equal(0, WindowsFarm.Living());
        Assert.Equal(RunEndCause.WorkerStopped, farm.End(launch.Key)!.Cause);
        Assert.Equal((1, ItemEndCause.Stopped), (farm.Bodies<RunItemEnded>(launch.Key).Single().Item, farm.Bodies<RunItemEnded>(launch.Key).Single().Cause));
        Assert.Equal([2], farm.Bodies<RunItemReleased>(launch.Key).Select(item => item.Item));
    }

    [Fact]
    public async Task Should_end_with_a_worker_that_is_killed_and_give_its_items_back()
    {
        Assert.SkipUnless(OperatingSystem.IsWindows(), "needs Windows or Wine");
        var folder = Directory.CreateTempSubdirectory("qw").FullName;
        using (var worker = Process.Start(new ProcessStartInfo(Child.Program, ["child", "worker", folder]) { UseShellExecute = false, CreateNoWindow = true })!)
        {
            await UntilLiving(2);
            worker.Kill();
            await UntilLiving(0);
        }

        await using var farm = new WindowsFarm(folder: folder);
        farm.Recover();
        var key = new RunKey(1, 0, 1);
        await farm.UntilEnded(key);
        Assert.Equal((RunEndCause.WorkerStopped, "the worker ended, and its runs with it"), (farm.End(key)!.Cause, farm.End(key)!.Text));
        Assert.Equal((1, ItemEndCause.Stopped), (farm.Bodies<RunItemEnded>(key).Single().Item, farm.Bodies<RunItemEnded>(key).Single().Cause));
        Assert.Equal([2], farm.Bodies<RunItemReleased>(key).Select(item => item.Item));
    }

    private static async Task UntilLiving(int count)
    {
        var end = DateTime.UtcNow.AddSeconds(60);
        while (WindowsFarm.Living() != count)
        {
            Assert.True(DateTime.UtcNow < end, $"{WindowsFarm.Living()} children live, not {count}");
            await Task.Yield();
        }
    }

    [Fact]
    public async Task Should_end_a_run_that_is_forgotten_and_remove_its_folder()
    {
        await using var farm = new WindowsFarm();
        var launch = WindowsFarm.Launch(1, Child.Line("wait"));
        farm.Host.Start(launch);
        await farm.Until(() => farm.Text(launch.Key).Contains("waiting", StringComparison.Ordinal), "it runs");
        farm.Host.Forget(launch.Key);
        await farm.Until(() => WindowsFarm.Living() == 0 && !Directory.Exists(Path.Combine(farm.Folder, "worker", "runs", "1.0.1")), "nothing is left");
    }
}
