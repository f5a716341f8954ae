using Quern.Execution.Containment;
using Quern.Execution.Runs;

namespace Quern.Execution.Tests.Containment;

/// <summary>Limits of a whole run, by the numbers of docs/identity-tests.md.</summary>
public sealed class When_a_run_is_limited(RealMachine machine)
{
    [Fact]
    public async Task T49_A_fork_bomb_stays_small_and_is_ended_within_a_second()
    {
        await using var farm = new TestFarm(machine, change: options => options with { Limits = () => new RunLimits(0, 60) });
        Assert.SkipWhen(Cgroups.Mount("pids") is null && !HasUnified("pids"), "no pids controller on this machine");
        var mark = "9849" + Environment.ProcessId;

        // Unlike sh, bash tries again when it cannot fork, so the bomb does not end by itself.
        var launch = TestFarm.Launch(1, $"bomb() {{ while :; do sleep {mark} & done; }}; echo on; bomb & bomb & bomb & wait") with { KillGraceSeconds = 0, Shell = "/bin/bash" };
        farm.Host.Start(launch);
        int Count() => ProcessTable.All().Count(process => ProcessTable.CommandLine(process.Pid).Contains(mark, StringComparison.Ordinal));
        await farm.Until(() => Count() > 40 || farm.End(launch.Key) is not null, "the bomb has grown");
        Assert.InRange(Count(), 1, 60);
        var begun = TimeProvider.System.GetTimestamp();
        farm.Host.Order(launch.Key, new KillRun("enough", WorkerStopping: false));
        await farm.UntilEnded(launch.Key);
        Assert.True(TimeProvider.System.GetElapsedTime(begun) < TimeSpan.FromSeconds(3), $"took {TimeProvider.System.GetElapsedTime(begun)}");
        Assert.Equal(0, Count());
    }

    [Fact]
    public async Task A_run_that_takes_more_memory_than_it_may_is_ended_and_no_other()
    {
        await using var farm = new TestFarm(machine, change: options => options with { Limits = () => new RunLimits(64 * 1024 * 1024, 0) });
        Assert.SkipWhen(Cgroups.Mount("memory") is null && !HasUnified("memory"), "no memory controller on this machine");
        Assert.SkipWhen(File.ReadAllLines("/proc/swaps").Length > 1, "this machine has swap, which takes what memory does not");
        await farm.Output(TestFarm.Launch(1, "head -c 300000000 /dev/zero | tail -c 200000000 | wc -c; exit 5"));
        Assert.Equal("on\n", await farm.Output(TestFarm.Launch(2, "echo on")));
        Assert.DoesNotContain("200000000", farm.Text(new RunKey(1, 0, 1)));
    }

    [Fact]
    public async Task What_an_item_took_is_recorded()
    {
        await using var farm = new TestFarm(machine);
        var launch = TestFarm.Frames(1, "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; (dd if=/dev/zero of=$HOME/qx-io bs=1M count=8 conv=fsync 2>/dev/null; head -c 40000000 /dev/zero | tail -c 30000000 >/dev/null); rm -f $HOME/qx-io", TestFarm.Frame(1));
        farm.Host.Start(launch);
        farm.Host.Order(launch.Key, new FinishRun());
        await farm.UntilEnded(launch.Key);
        var ended = farm.Bodies<RunItemEnded>(launch.Key).Single();
        Assert.True(ended.CpuMs > 10, $"{ended}");
        Assert.True(ended.PeakMemoryBytes > 25_000_000, $"{ended}");

        // A file system in memory is no disk.
        Assert.True(ended.WrittenBytes == 0 || ended.WrittenBytes >= 8 * 1024 * 1024, $"{ended}");
    }

    private static bool HasUnified(string controller) => Cgroups.Mount() is { } mount && File.ReadAllText(Path.Combine(mount, "cgroup.controllers")).Split(' ', '\n').Contains(controller);
}
