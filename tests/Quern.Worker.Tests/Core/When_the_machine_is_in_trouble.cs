using Quern.Worker.Core;

namespace Quern.Worker.Tests.Core;

public sealed class When_the_machine_is_in_trouble
{
    private static readonly WorkerVitals Well = new(null, 2, 3, [], 7, 120);
    private static readonly WorkerVitals Full = Well with { Troubles = ["the disk is full"] };

    [Fact]
    public void Should_say_so_at_once_and_that_it_is_over()
    {
        var worker = new CoreHarness();
        worker.Connect();
        worker.Core.Tick(0);
        worker.Core.TakeMessages();
        worker.Core.Observed(Full);
        Assert.Equal(0, worker.Core.NextDue);
        worker.Core.Tick(1);
        Assert.Equal(["the disk is full"], Assert.Single(worker.Core.TakeMessages()).Heartbeat.Troubles);
        worker.Core.Observed(Well);
        worker.Core.Tick(2);
        Assert.Empty(Assert.Single(worker.Core.TakeMessages()).Heartbeat.Troubles);
        Assert.Equal(2, worker.Core.TakeNotes().Count(note => note.Text.Contains("runs", StringComparison.Ordinal) && !note.Text.Contains("connected", StringComparison.Ordinal)));
    }

    [Fact]
    public void Should_say_it_in_the_first_message_of_a_connection()
    {
        var worker = new CoreHarness();
        worker.Core.Observed(Full);
        worker.Connect();
        Assert.Equal(["the disk is full"], worker.LastHello.Vitals.Troubles);
        Assert.Equal((7, 120), (worker.LastHello.Vitals.IdleMinutes, worker.LastHello.Vitals.UtcOffsetMinutes));
    }

    [Fact]
    public void Should_say_its_load_of_three_spans_or_none()
    {
        var worker = new CoreHarness();
        worker.Core.Observed(Well);
        worker.Connect();
        Assert.False(worker.LastHello.Vitals.HasLoad || worker.LastHello.Vitals.HasLoadFiveMinutes || worker.LastHello.Vitals.HasLoadFifteenMinutes);
        worker.Core.Observed(Well with { Load = new(0, 1.5, 0.25) });
        worker.Connect();
        Assert.Equal((true, 0, 1.5, 0.25), (worker.LastHello.Vitals.HasLoad, worker.LastHello.Vitals.Load, worker.LastHello.Vitals.LoadFiveMinutes, worker.LastHello.Vitals.LoadFifteenMinutes));
    }

    [Fact]
    public void Should_say_its_swap_and_what_is_free_of_it()
    {
        var worker = new CoreHarness();
        worker.Core.Observed(Well with { FreeSwapBytes = 1 << 20 });
        worker.Connect();
        Assert.Equal((2 << 20, 1 << 20), (worker.LastHello.SwapBytes, worker.LastHello.Vitals.FreeSwapBytes));
    }

    [Fact]
    public void Should_say_at_once_that_somebody_came_back_to_the_machine()
    {
        var worker = new CoreHarness();
        worker.Core.Observed(Well);
        worker.Connect();
        worker.Core.Tick(0);
        worker.Core.TakeMessages();
        worker.Core.Observed(Well with { IdleMinutes = 8 });
        Assert.NotEqual(0, worker.Core.NextDue);
        worker.Core.Observed(Well with { IdleMinutes = 0 });
        Assert.Equal(0, worker.Core.NextDue);
    }

    [Fact]
    public void Should_tell_the_properties_and_resources_that_the_settings_add()
    {
        var worker = new CoreHarness(local: new() { ["worker_properties"] = "host.room=b2,fast", ["worker_resources"] = "host.nuke=2, scoped.vray=4" });
        worker.Connect();
        Assert.Equal(("b2", "1"), (worker.LastHello.Properties["room"], worker.LastHello.Properties["fast"]));
        Assert.Equal((2, 4), (worker.LastHello.Resources["nuke"], worker.LastHello.Resources["scoped.vray"]));
    }
}
