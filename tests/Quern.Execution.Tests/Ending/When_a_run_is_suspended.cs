using Quern.Execution.Containment;
using Quern.Execution.Runs;

namespace Quern.Execution.Tests.Ending;

public sealed class When_a_run_is_suspended(RealMachine machine)
{
    /// <summary>A command that counts, with a child that left its session and does too.</summary>
    private const string Counting = "count() { while :; do echo $1 >>$2; sleep 0.01; done; }; (setsid sh -c 'while :; do echo c >>$0; sleep 0.01; done' FILE &); count p FILE";

    private static string NewFile()
    {
        var path = Path.GetTempFileName();
        File.SetUnixFileMode(path, (UnixFileMode)0x1B6);
        return path;
    }

    private static long Length(string path) => new FileInfo(path).Length;

    private static RunKey Start(TestFarm farm, string file, int itemLimit = 0)
    {
        var launch = TestFarm.Frames(1, Counting.Replace("FILE", file, StringComparison.Ordinal), TestFarm.Frame(1), TestFarm.Frame(2)) with { ItemTimeLimitSeconds = itemLimit };
        farm.Host.Start(launch);
        return launch.Key;
    }

    /// <summary>All that moves has stopped when the file has one length at both ends of a time in which ten lines would be written.</summary>
    private static async Task<long> UntilStill(TestFarm farm, string file)
    {
        var (length, since) = (-1L, 0L);
        await farm.Until(
            () =>
            {
                var now = Length(file);
                if (now != length)
                {
                    (length, since) = (now, Environment.TickCount64);
                }

                return Environment.TickCount64 - since > 300;
            },
            "everything stands still");
        return length;
    }

    [Theory]
    [InlineData(ContainmentRule.Prefer)]
    [InlineData(ContainmentRule.Without)]
    public async Task Should_stand_still_and_go_on(ContainmentRule containment)
    {
        await using var farm = new TestFarm(machine, containment);
        var file = NewFile();
        var key = Start(farm, file);
        await farm.Until(() => File.ReadAllText(file) is var text && text.Contains('p', StringComparison.Ordinal) && text.Contains('c', StringComparison.Ordinal), "both count");
        farm.Host.Order(key, new SuspendRun());
        var still = await UntilStill(farm, file);
        Assert.True(farm.Host.Find(key)!.IsSuspended);
        farm.Host.Order(key, new ResumeRun());
        await farm.Until(() => Length(file) > still + 10, "they count again");
        await farm.Until(() => !farm.Host.Find(key)!.IsSuspended, "the journal says so");
        Assert.Equal([true, false], farm.Bodies<RunSuspended>(key).Select(record => record.Is));
        Assert.Equal(2, farm.Host.Find(key)!.Held.Single().Item);
    }

    [Theory]
    [InlineData(ContainmentRule.Prefer)]
    [InlineData(ContainmentRule.Without)]
    public async Task Should_leave_nothing_when_killed_meanwhile(ContainmentRule containment)
    {
        await using var farm = new TestFarm(machine, containment);
        var file = NewFile();
        var key = Start(farm, file);
        await farm.Until(() => Length(file) > 4, "it counts");
        farm.Host.Order(key, new SuspendRun());
        await UntilStill(farm, file);
        farm.Host.Order(key, new KillRun("told so", WorkerStopping: false));
        await farm.UntilEnded(key);
        Assert.Equal(RunEndCause.Killed, farm.End(key)!.Cause);
        Assert.Equal(ItemEndCause.Stopped, farm.Bodies<RunItemEnded>(key).Single().Cause);
        Assert.Equal(2, farm.Bodies<RunItemReleased>(key).Single().Item);
    }

    [Theory]
    [InlineData(ContainmentRule.Prefer)]
    [InlineData(ContainmentRule.Without)]
    public async Task Should_not_count_against_its_time_limit(ContainmentRule containment)
    {
        await using var farm = new TestFarm(machine, containment);
        var file = NewFile();
        var key = Start(farm, file, itemLimit: 2);
        await farm.Until(() => Length(file) > 4, "it counts");
        farm.Host.Order(key, new SuspendRun());
        await UntilStill(farm, file);
        var until = Environment.TickCount64 + 2500;
        await farm.Until(() => Environment.TickCount64 > until, "the limit would be over");
        Assert.Empty(farm.Bodies<RunItemEnded>(key));
        farm.Host.Order(key, new ResumeRun());
        var still = Length(file);
        await farm.Until(() => Length(file) > still + 4, "it counts again");
        await farm.Until(() => farm.Bodies<RunItemEnded>(key).Any(ended => ended.Cause == ItemEndCause.TimedOut), "the limit holds for the time it moved");
    }

    [Fact]
    public async Task Should_stand_still_again_after_the_worker_restarts()
    {
        await using var farm = new TestFarm(machine);
        var file = NewFile();
        var key = Start(farm, file);
        await farm.Until(() => Length(file) > 4, "it counts");
        farm.Host.Order(key, new SuspendRun());
        await UntilStill(farm, file);
        await farm.Restart();
        Assert.True(farm.Host.Find(key)!.IsSuspended);
        var still = await UntilStill(farm, file);
        farm.Host.Order(key, new ResumeRun());
        await farm.Until(() => Length(file) > still + 10, "it counts again");
    }
}
