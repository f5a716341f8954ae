using Quern.Core.Actions;
using Quern.Core.Dispatch;
using Quern.Core.Expressions;
using Quern.Core.Farms;
using Quern.Core.Tests.Farms;

namespace Quern.Core.Tests.Dispatch;

/// <summary><c>host.processors=N-M</c>: at least N to start, up to M as slots get free. Source: reference, qube-jobs 11.2.</summary>
public sealed class When_an_instance_may_grow
{
    private static FarmHarness Quiet(long patienceMs = -1) => new(new FarmOptions { PreemptPolicy = PreemptPolicy.Disabled, WidePatienceMs = patienceMs });

    private static (JobId Narrow, JobId Growing) Begin(FarmHarness farm, string reservations = "host.processors=2-8,host.memory=100")
    {
        farm.AddWorker(8, change: facts => facts with { MemoryBytes = 8L << 30 });
        var narrow = farm.Submit("1-9", spec => spec with { Cpus = 5, Priority = 1 });
        var growing = farm.Submit("1-9", spec => spec with { Reservations = reservations });
        return (narrow, growing);
    }

    private static int Used(FarmHarness farm) => farm.Farm.Workers.Single().SlotsUsed;

    [Fact]
    public void It_takes_what_gets_free_up_to_its_most_and_tells_the_worker()
    {
        var farm = Quiet();
        var (narrow, growing) = Begin(farm);
        var instance = farm.Job(growing).InstanceList[0];
        Assert.Equal(3, instance.Slots);

        farm.Act(Verb.Kill, $"{narrow}");
        farm.Workers.Values.Single().Step();

        Assert.Equal((8, 8, "host.processors=8,host.memory=100"), (instance.Slots, Used(farm), instance.Allocations));
        Assert.Equal((8, instance.Allocations), farm.Orders.OfType<ResizeOrder>().Select(order => (order.Slots, order.Allocations)).Last());
        farm.Restart();
        Assert.Equal((8, 8), (farm.Job(growing).InstanceList[0].Slots, Used(farm)));
        farm.Act(Verb.Kill, $"{growing}");
        farm.Workers.Values.Single().Step();
        Assert.Equal(0, Used(farm));
    }

    [Fact]
    public void It_takes_no_more_than_its_most()
    {
        var farm = Quiet();
        var (narrow, growing) = Begin(farm, "host.processors=2-4");
        farm.Act(Verb.Kill, $"{narrow}");
        farm.Workers.Values.Single().Step();
        Assert.Equal((4, 4), (farm.Job(growing).InstanceList[0].Slots, Used(farm)));
    }

    [Fact]
    public void Whoever_waits_in_line_goes_first()
    {
        var farm = Quiet();
        var (narrow, growing) = Begin(farm);
        var waiting = farm.Submit("1-9", spec => spec with { Cpus = 3, Priority = 9999 });
        farm.Act(Verb.Kill, $"{narrow}");
        farm.Workers.Values.Single().Step();
        Assert.Equal((3, 5), (farm.Job(waiting).CountInstances(Status.Running), farm.Job(growing).InstanceList[0].Slots));
    }

    [Fact]
    public void What_a_wide_job_waits_for_is_left_alone()
    {
        var farm = Quiet(30_000);
        var (narrow, growing) = Begin(farm);
        var wide = farm.Submit("", spec => spec with { Reservations = "host.processors=8", Priority = 1 });
        farm.Advance(31_000);
        farm.Act(Verb.Kill, $"{narrow}");
        for (var step = 0; step < 8 && farm.Job(wide).CountInstances(Status.Running) == 0; step++)
        {
            Assert.Equal(3, farm.Job(growing).InstanceList[0].Slots);
            farm.Advance(10_000);
            farm.Workers.Values.Single().Step();
        }

        Assert.Equal(1, farm.Job(wide).CountInstances(Status.Running));
    }

    [Fact]
    public void Shares_count_what_it_grew_by()
    {
        var farm = new FarmHarness(new FarmOptions { PreemptPolicy = PreemptPolicy.Disabled, WidePatienceMs = -1, Shares = [(ClusterPath.Parse("/x", out _)!, 1)] });
        var (narrow, growing) = Begin(farm);
        farm.Act(Verb.Kill, $"{narrow}");
        farm.Workers.Values.Single().Step();
        farm.Act(Verb.Kill, $"{growing}");
        farm.Workers.Values.Single().Step();
        var next = farm.Submit("1-9", spec => spec with { Cpus = 8 });
        Assert.Equal(8, farm.Job(next).CountInstances(Status.Running));
    }
}
