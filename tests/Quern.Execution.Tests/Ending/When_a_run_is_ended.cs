using System.Diagnostics;
using Quern.Execution.Runs;

namespace Quern.Execution.Tests.Ending;

public sealed class When_a_run_is_ended(RealMachine machine)
{
    /// <summary>Leaves its session twice, drops its environment, ignores TERM and hang-ups.</summary>
    private const string Escape = "trap '' TERM HUP; (env -i setsid sh -c 'trap \"\" TERM HUP; (setsid sleep MARK) & sleep MARK' &) ; nohup setsid sleep MARK >/dev/null 2>&1 & ";

    private static List<int> Alive(string mark) => Directory.GetDirectories("/proc")
        .Select(folder => int.TryParse(Path.GetFileName(folder), out var pid) ? pid : 0)
        .Where(pid => pid > 0 && pid != Environment.ProcessId && CommandLine(pid).Contains(mark, StringComparison.Ordinal))
        .ToList();

    private static string CommandLine(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static string NewMark() => $"98{Random.Shared.Next(100_000, 999_999)}";

    [Theory]
    [InlineData(ContainmentRule.Prefer)]
    [InlineData(ContainmentRule.Without)]
    public async Task Should_leave_nothing_when_killed(ContainmentRule containment)
    {
        await using var farm = new TestFarm(machine, containment);
        var mark = NewMark();
        var launch = TestFarm.Frames(1, Escape.Replace("MARK", mark, StringComparison.Ordinal) + $"sleep {mark}", TestFarm.Frame(1), TestFarm.Frame(2));
        farm.Host.Start(launch);
        await farm.Until(() => Alive("sleep\0" + mark).Count >= 4, "the command and its children run");
        farm.Host.Order(launch.Key, new KillRun("told so", WorkerStopping: false));
        await farm.UntilEnded(launch.Key);
        Assert.Empty(Alive(mark));
        var item = farm.Bodies<RunItemEnded>(launch.Key).Single();
        Assert.Equal((1, ItemEndCause.Stopped, "told so"), (item.Item, item.Cause, item.Text));
        Assert.Equal(new RunItemReleased(2, 1), farm.Bodies<RunItemReleased>(launch.Key).Single());
        Assert.Equal((RunEndCause.Killed, "told so"), (farm.End(launch.Key)!.Cause, farm.End(launch.Key)!.Text));
    }

    [Theory]
    [InlineData(ContainmentRule.Prefer)]
    [InlineData(ContainmentRule.Without)]
    public async Task Should_leave_nothing_when_the_command_ends_by_itself(ContainmentRule containment)
    {
        await using var farm = new TestFarm(machine, containment);
        var mark = NewMark();
        await farm.Output(TestFarm.Launch(1, Escape.Replace("MARK", mark, StringComparison.Ordinal) + "sleep 0.2"));
        Assert.Equal(RunEndCause.Finished, farm.End(new RunKey(1, 0, 1))!.Cause);
        Assert.Empty(Alive(mark));
    }

    [Fact]
    public async Task Should_give_a_command_its_grace()
    {
        await using var farm = new TestFarm(machine);
        var launch = TestFarm.Frames(1, "trap 'echo saved; exit 4' TERM; echo on; while :; do sleep 0.05; done", TestFarm.Frame(1)) with { KillGraceSeconds = 20 };
        farm.Host.Start(launch);
        await farm.Until(() => farm.Text(launch.Key).Contains("on", StringComparison.Ordinal), "the trap is set");
        farm.Host.Order(launch.Key, new KillRun("told so", WorkerStopping: true));
        await farm.UntilEnded(launch.Key);
        Assert.Contains("saved", farm.Text(launch.Key));
        Assert.Equal(4, farm.Bodies<RunItemEnded>(launch.Key).Single().ExitCode);
        Assert.Equal(RunEndCause.WorkerStopped, farm.End(launch.Key)!.Cause);
    }

    [Fact]
    public async Task Should_end_one_item_and_go_on_with_the_next()
    {
        await using var farm = new TestFarm(machine);
        var launch = TestFarm.Frames(1, "[ QB_FRAME_NUMBER = 1 ] && sleep 1000; true", TestFarm.Frame(1), TestFarm.Frame(2), TestFarm.Frame(3));
        farm.Host.Start(launch);
        await farm.Until(() => farm.Bodies<RunItemStarted>(launch.Key).Any(), "the first item runs");
        farm.Host.Order(launch.Key, new RecallItems([(3, 1), (9, 1)]));
        farm.Host.Order(launch.Key, new KillItem(1, 1, "not wanted"));
        farm.Host.Order(launch.Key, new FinishRun());
        await farm.UntilEnded(launch.Key);
        Assert.Equal([(1, ItemEndCause.Stopped), (2, ItemEndCause.Exited)], farm.Bodies<RunItemEnded>(launch.Key).Select(item => (item.Item, item.Cause)));
        Assert.Equal([3], farm.Bodies<RunItemReleased>(launch.Key).Select(item => item.Item));
    }

    [Fact]
    public async Task Should_keep_to_time_limits_of_items_and_runs()
    {
        await using var farm = new TestFarm(machine);
        var items = TestFarm.Frames(1, "[ QB_FRAME_NUMBER = 1 ] && sleep 1000; true", TestFarm.Frame(1), TestFarm.Frame(2)) with { ItemTimeLimitSeconds = 1 };
        var run = TestFarm.Launch(2, "sleep 1000") with { TimeLimitSeconds = 1 };
        farm.Host.Start(items);
        farm.Host.Start(run);
        farm.Host.Order(items.Key, new FinishRun());
        await farm.UntilEnded(items.Key);
        await farm.UntilEnded(run.Key);
        Assert.Equal([ItemEndCause.TimedOut, ItemEndCause.Exited], farm.Bodies<RunItemEnded>(items.Key).Select(item => item.Cause));
        Assert.Equal(RunEndCause.TimedOut, farm.End(run.Key)!.Cause);
        Assert.Contains("limit of 1 s", farm.End(run.Key)!.Text);
    }

    [Theory]
    [InlineData(ContainmentRule.Prefer)]
    [InlineData(ContainmentRule.Without)]
    public async Task Should_lose_the_item_and_end_the_tree_when_the_proxy_is_killed(ContainmentRule containment)
    {
        await using var farm = new TestFarm(machine, containment);
        var mark = NewMark();
        var launch = TestFarm.Frames(1, $"(setsid sleep {mark} &); sleep {mark}", TestFarm.Frame(1), TestFarm.Frame(2));
        farm.Host.Start(launch);
        await farm.Until(() => Alive("sleep\0" + mark).Count >= 2, "the command and its child run");
        Process.GetProcessById(farm.Bodies<RunReady>(launch.Key).Single().Pid).Kill();
        await farm.UntilEnded(launch.Key);
        Assert.Empty(Alive(mark));
        Assert.Equal((1, ItemEndCause.Lost), (farm.Bodies<RunItemEnded>(launch.Key).Single().Item, farm.Bodies<RunItemEnded>(launch.Key).Single().Cause));
        Assert.Equal([2], farm.Bodies<RunItemReleased>(launch.Key).Select(item => item.Item));
        Assert.Equal(RunEndCause.ProxyLost, farm.End(launch.Key)!.Cause);
    }

    [Fact]
    public async Task Should_end_a_run_that_is_forgotten_and_remove_its_folder()
    {
        await using var farm = new TestFarm(machine);
        var mark = NewMark();
        var launch = TestFarm.Launch(1, $"sleep {mark}");
        farm.Host.Start(launch);
        await farm.Until(() => Alive("sleep\0" + mark).Count == 1, "it runs");
        farm.Host.Forget(launch.Key);
        await farm.Until(() => Alive(mark).Count == 0 && !Directory.Exists(Path.Combine(farm.Folder, "worker", "runs", "1.0.1")), "nothing is left");
        Assert.Null(farm.Host.Find(launch.Key));
    }
}
