using Quern.Core.Actions;
using Quern.Core.Dispatch;
using Quern.Core.Expressions;
using Quern.Core.Farms;
using Quern.Core.Jobs;
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
            Assert.InRange(farm.Job(growing).InstanceList[0].Slots, 2, 3);
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

    /// <summary>It has the whole host, and runs an item.</summary>
    private static (FarmHarness Farm, FakeWorker Worker, Instance Instance) Full(string reservations = "host.processors=2-8", PreemptPolicy policy = PreemptPolicy.Disabled)
    {
        var farm = new FarmHarness(new FarmOptions { PreemptPolicy = policy, WidePatienceMs = 30_000 });
        var worker = farm.AddWorker(8, change: facts => facts with { MemoryBytes = 8L << 30 });
        var job = farm.Submit("1-9", spec => spec with { Reservations = reservations, Priority = 1 });
        worker.Step();
        return (farm, worker, farm.Job(job).InstanceList[0]);
    }

    [Fact]
    public void Should_give_back_between_two_items_what_somebody_in_line_could_use_whatever_the_ranks()
    {
        var (farm, worker, instance) = Full();
        var waiting = farm.Submit("1-9", spec => spec with { Cpus = 3, Priority = 9999 });
        Assert.Equal((8, 0), (instance.Slots, farm.Job(waiting).CountInstances(Status.Running)));

        worker.Step();
        Assert.Equal((3, 8), (farm.Job(waiting).CountInstances(Status.Running), Used(farm)));
        Assert.Equal([2, 5], farm.Orders.OfType<ResizeOrder>().Select(order => order.Slots));
        Assert.Equal(1, instance.Run);

        // It goes on, in what it has left.
        worker.Step();
        Assert.NotEqual(-1, instance.CurrentItem);
    }

    [Fact]
    public void Should_keep_it_where_it_would_not_be_enough()
    {
        var (farm, worker, instance) = Full();
        _ = farm.Submit("", spec => spec with { Reservations = "host.processors=7", Priority = 9999 });
        _ = farm.Submit("", spec => spec with { Reservations = "host.processors=1,host.memory=9000", Priority = 9999 });
        worker.Step();
        worker.Step();
        Assert.Equal(8, instance.Slots);
    }

    [Fact]
    public void Should_give_it_back_before_anything_is_preempted()
    {
        var (farm, worker, instance) = Full(policy: PreemptPolicy.Aggressive);
        var first = farm.Submit("", spec => spec with { Priority = 0 });
        Assert.Equal(Status.Running, instance.Status);
        worker.Step();
        Assert.Equal((1, 7), (farm.Job(first).CountInstances(Status.Running), instance.Slots));
    }

    [Fact]
    public void Should_give_back_what_a_host_is_kept_for()
    {
        var farm = Quiet(30_000);
        var worker = farm.AddWorker(8);
        _ = farm.Submit("1-99", spec => spec with { Cpus = 3, Priority = 9 });
        var growing = farm.Submit("1-99", spec => spec with { Reservations = "host.processors=2-8", Priority = 1 });
        var wide = farm.Submit("", spec => spec with { Reservations = "host.processors=6", Priority = 5 });
        worker.Step();
        Assert.Equal(5, farm.Job(growing).InstanceList[0].Slots);

        farm.Advance(31_000);
        worker.Step();
        worker.Step();
        Assert.Equal((1, 2), (farm.Job(wide).CountInstances(Status.Running), farm.Job(growing).InstanceList[0].Slots));
    }

    [Fact]
    public void Should_ask_again_after_a_restart()
    {
        var (farm, worker, instance) = Full();
        var waiting = farm.Submit("1-9", spec => spec with { Priority = 9999 });
        farm.Restart();
        worker.Step();
        Assert.Equal((1, 7), (farm.Job(waiting).CountInstances(Status.Running), farm.Job(instance.Job.Id).InstanceList[0].Slots));
    }

    [Fact]
    public void Should_tell_a_worker_that_was_away_when_it_was_given_back()
    {
        var (farm, worker, instance) = Full("host.processors=1-8");
        _ = farm.Submit("1-9", spec => spec with { Cpus = 7, Priority = 9999 });
        worker.Step();
        worker.Disconnect();
        worker.Connect();
        Assert.Equal(1, farm.Orders.OfType<ResizeOrder>().Last(order => order.Run == instance.RunId).Slots);
    }

    [Fact]
    public void Should_not_grow_without_items_to_come()
    {
        var farm = Quiet();
        var worker = farm.AddWorker(8);
        var narrow = farm.Submit("1-9", spec => spec with { Cpus = 5, Priority = 1 });
        _ = farm.Submit("", spec => spec with { Reservations = "host.processors=2-8" });
        farm.Act(Verb.Kill, $"{narrow}");
        worker.Report();
        Assert.Empty(farm.Orders.OfType<ResizeOrder>());
    }
}
