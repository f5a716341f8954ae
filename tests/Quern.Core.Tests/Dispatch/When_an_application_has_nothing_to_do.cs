using Quern.Core.Actions;
using Quern.Core.Expressions;
using Quern.Core.Farms;
using Quern.Core.Jobs;
using Quern.Core.Resources;
using Quern.Core.Tests.Farms;

namespace Quern.Core.Tests.Dispatch;

/// <summary>Items of its job wait for something else: it stays loaded as long as nobody in line wants what it holds. Source: reference, qube-jobs 6.1 (waiting).</summary>
public sealed class When_an_application_has_nothing_to_do
{
    private static FarmHarness WithLicence() => new(new FarmOptions { PreemptPolicy = PreemptPolicy.Disabled, GlobalResources = [(new ResourceName(ResourceClass.Global, "maya"), 1)] });

    private static FakeWorker AddWorker(FarmHarness farm, string name = "w1", int slots = 1) => farm.AddWorker(slots, name, change: facts => facts with { JobTypes = "cmdline,cmdrange,maya" });

    /// <summary>Of two items one is done and the other blocked.</summary>
    private static JobId Rest(FarmHarness farm, FakeWorker worker, string prototype = "maya", string reservations = "")
    {
        var job = farm.Submit("1-2", spec => spec with { Prototype = prototype, Reservations = reservations });
        farm.Act(Verb.Block, $"{job}:2");
        worker.Step();
        worker.Step();
        worker.Step();
        return job;
    }

    private static Status Shown(FarmHarness farm, JobId job) => farm.Job(job).InstanceList[0].Shown;

    [Fact]
    public void Should_wait_on_its_host_and_go_on_there_with_what_comes_back()
    {
        var farm = new FarmHarness();
        var worker = AddWorker(farm);
        var job = Rest(farm, worker);
        Assert.Equal((Status.Waiting, 1), (Shown(farm, job), farm.Farm.Workers.Single().SlotsUsed));

        farm.Restart();
        Assert.Equal(Status.Waiting, Shown(farm, job));
        farm.Act(Verb.Unblock, $"{job}:2");
        worker.Step();
        worker.Step();
        worker.Step();
        Assert.Equal((Status.Complete, 1), (farm.Job(job).Status, farm.Job(job).InstanceList[0].Run));
    }

    [Fact]
    public void Should_end_where_a_command_is_all_there_is()
    {
        var farm = new FarmHarness();
        var worker = AddWorker(farm);
        var job = Rest(farm, worker, "cmdrange");
        Assert.Equal((Status.Pending, 0), (Shown(farm, job), farm.Farm.Workers.Single().SlotsUsed));
        Assert.Equal(Status.Pending, farm.Orders.OfType<FinishOrder>().Single().Next);
    }

    [Fact]
    public void Should_leave_for_whoever_comes_whatever_the_ranks()
    {
        var farm = new FarmHarness(new FarmOptions { PreemptPolicy = PreemptPolicy.Disabled });
        var worker = AddWorker(farm);
        var job = Rest(farm, worker);
        var next = farm.Submit("", spec => spec with { Priority = 9999 });
        worker.Step();
        Assert.Equal((Status.Pending, 1), (Shown(farm, job), farm.Job(next).CountInstances(Status.Running)));
    }

    [Fact]
    public void Should_not_stay_where_somebody_waits_already()
    {
        var farm = new FarmHarness(new FarmOptions { PreemptPolicy = PreemptPolicy.Disabled });
        var worker = AddWorker(farm);
        var job = farm.Submit("1-2", spec => spec with { Prototype = "maya" });
        farm.Act(Verb.Block, $"{job}:2");
        var next = farm.Submit("", spec => spec with { Priority = 9999 });
        worker.Step();
        worker.Step();
        worker.Step();
        Assert.Equal((Status.Pending, 1), (Shown(farm, job), farm.Job(next).CountInstances(Status.Running)));
    }

    [Fact]
    public void Should_stay_when_another_host_is_free()
    {
        var farm = new FarmHarness();
        var worker = AddWorker(farm);
        var job = Rest(farm, worker);
        AddWorker(farm, "w2");
        var next = farm.Submit("");
        Assert.Equal((Status.Waiting, 1), (Shown(farm, job), farm.Job(next).CountInstances(Status.Running)));
    }

    [Fact]
    public void Should_leave_for_the_licence_that_it_holds()
    {
        var farm = WithLicence();
        var job = Rest(farm, AddWorker(farm), reservations: "global.maya=1");
        AddWorker(farm, "w2");
        var next = farm.Submit("", spec => spec with { Reservations = "global.maya=1" });
        farm.Workers.Values.First().Step();
        Assert.Equal((Status.Pending, 1), (Shown(farm, job), farm.Job(next).CountInstances(Status.Running)));
    }

    [Fact]
    public void Should_leave_with_its_neighbour_for_who_needs_the_room_of_both()
    {
        var farm = new FarmHarness(new FarmOptions { PreemptPolicy = PreemptPolicy.Disabled });
        var worker = AddWorker(farm, slots: 2);
        var first = Rest(farm, worker);
        var second = Rest(farm, worker);
        var wide = farm.Submit("", spec => spec with { Reservations = "host.processors=2" });
        worker.Step();
        Assert.Equal((Status.Pending, Status.Pending, 1), (Shown(farm, first), Shown(farm, second), farm.Job(wide).CountInstances(Status.Running)));
    }
}
