using Quern.Core.Farms;
using Quern.Core.Workers;
using Quern.Store;
using Quern.Supervisor.Loop;

namespace Quern.Supervisor.Tests.Loops;

public sealed class When_the_loop_cannot_go_on
{
    [Fact]
    public async Task Should_tell_everybody_who_waits_when_the_store_fails_and_say_nothing_else()
    {
        await using var harness = new LoopHarness();
        harness.Store.Hold();
        var first = harness.PutAsync("a");
        await Deadline.UntilAsync(() => harness.Store.Entered == 1, "the commit begins");
        var second = harness.PutAsync("b");
        harness.Store.Breaks = new StoreException("the disk is full", null);
        harness.Store.Open();

        Assert.Contains("the disk is full", (await Assert.ThrowsAsync<FarmStoppedException>(() => first.Within())).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<FarmStoppedException>(() => second.Within());
        Assert.Equal("the disk is full", (await harness.Loop.Failed.Within()).Message);
        await Assert.ThrowsAsync<FarmStoppedException>(() => harness.PutAsync("c").Within());
        Assert.Empty(harness.Said);
        await harness.Loop.DisposeAsync().AsTask().Within();
    }

    [Fact]
    public async Task Should_stop_when_a_fact_breaks_the_farm_rather_than_leave_callers_waiting()
    {
        await using var harness = new LoopHarness();
        await harness.Loop.TellAsync((_, _) => throw new InvalidOperationException("slots do not add up"), CancellationToken.None);
        Assert.Equal("slots do not add up", (await harness.Loop.Failed.Within()).Message);
        await Assert.ThrowsAsync<FarmStoppedException>(() => harness.PutAsync("a").Within());
    }

    [Fact]
    public async Task Should_give_an_asker_its_own_mistake_and_go_on()
    {
        await using var harness = new LoopHarness();
        await Assert.ThrowsAsync<FormatException>(() => harness.Loop.Ask<int>((_, _) => throw new FormatException("no number"), CancellationToken.None).Within());
        Assert.Equal("a", await harness.PutAsync("a").Within());
    }

    [Fact]
    public async Task Should_wake_when_the_farm_asked_to_be_woken()
    {
        await using var harness = new LoopHarness();
        var turns = await harness.Loop.Ask(
            (farm, now) =>
            {
                var id = farm.WorkerJoined(new WorkerFacts { Name = "w", Slots = 1 }, new Caller("root", "here", true), now);
                farm.LinkUp(id, new WorkerFacts { Name = "w", Slots = 1 }, WorkerVitals.Unknown, [], now);
                farm.LinkDown(id, now);
                return 0;
            },
            CancellationToken.None).Within();
        await harness.PutAsync("settled").Within();
        turns = harness.Turns;
        await Deadline.UntilAsync(
            () =>
            {
                harness.Time.Advance(TimeSpan.FromSeconds(31));
                return harness.Turns > turns;
            },
            "a turn without an input");
    }
}
