using Quern.Core.Farms;
using Quern.Core.Jobs;
using Quern.Core.Workers;

namespace Quern.Core.Tests.Farms;

public sealed class When_a_host_is_removed
{
    private readonly FarmHarness farm = new();

    [Fact]
    public void Should_run_elsewhere_what_ran_there_at_no_cost_of_a_retry()
    {
        var first = farm.AddWorker(1, "w1");
        var job = farm.Submit("1-4");
        first.Step();
        Remove(first);
        Assert.IsType<KillOrder>(farm.Orders[^1]);
        Assert.Equal([Status.Pending], farm.Job(job).InstanceList.Select(instance => instance.Status));

        var second = farm.AddWorker(1, "w2");
        for (var step = 0; step < 40; step++)
        {
            second.Step();
        }

        Assert.Equal(Status.Complete, farm.Job(job).Status);
        Assert.Equal(0, farm.Job(job).Items![0].Retries);
        Assert.Contains(farm.History, row => row.Comment == "subjob state: pending on: w1: host w1 was removed from the farm");
        Assert.Contains(farm.History, row => row is { Comment: "host w1: removed from the farm", Who: "root", From: "desk1" });
    }

    [Fact]
    public void Should_be_no_member_any_more_and_its_name_stays_with_what_it_did()
    {
        var worker = farm.AddWorker(1, "w1");
        var job = farm.Submit("1");
        for (var step = 0; step < 5; step++)
        {
            worker.Step();
        }

        Assert.Equal(Status.Complete, farm.Job(job).Status);
        Remove(worker);
        farm.Restart();

        Assert.Empty(farm.Farm.Workers);
        Assert.Equal("w1", farm.Farm.HostNameOf(worker.Id));
        Assert.Equal("w1", farm.Job(job).InstanceList[0].Worker!.Name);
        Assert.Equal(("root", false), (farm.Farm.FindRemoved(worker.Id)!.By, farm.Farm.FindRemoved(worker.Id)!.IsLetBack));
    }

    [Fact]
    public void Should_not_come_back_until_it_is_let_back()
    {
        var worker = farm.AddWorker(1, "w1");
        farm.Farm.SetLock(worker.Id, HostLock.None.With([], LockRule.Locked, false), false, FarmHarness.Root, farm.Now);
        Remove(worker);
        Assert.Null(LinkUp(worker.Id));

        farm.Restart();
        Assert.Null(LinkUp(worker.Id));
        Assert.True(farm.Farm.LetWorkerBack(worker.Id, FarmHarness.Root, farm.Now));
        Assert.False(farm.Farm.LetWorkerBack(worker.Id, FarmHarness.Root, farm.Now));
        farm.Settle();
        farm.Restart();

        Assert.Empty(farm.Farm.Workers);
        worker.Connect();
        Assert.Equal((worker.Id, 0), (Assert.Single(farm.Farm.Workers).Id, farm.Farm.FindWorker(worker.Id)!.SlotsLocked));
        Assert.Null(farm.Farm.FindRemoved(worker.Id));
        var job = farm.Submit("1");
        Assert.True(worker.Has(job));
        farm.Restart();
        Assert.Single(farm.Farm.Workers);
    }

    [Fact]
    public void Should_not_give_its_number_to_another()
    {
        var worker = farm.AddWorker(1, "w1");
        Remove(worker);
        farm.Restart();
        Assert.Equal(new WorkerId(worker.Id.Value + 1), farm.AddWorker(1, "w2").Id);
    }

    [Fact]
    public void Should_be_the_same_host_when_it_joins_again()
    {
        var worker = farm.AddWorker(1, "w1");
        var job = farm.Submit("1-2");
        worker.Step();
        worker.Burn();
        farm.Farm.WorkerRejoined(worker.Id, new WorkerFacts { Name = "w1", Slots = 1, Mode = "service" }, FarmHarness.Root, farm.Now);
        farm.Settle();
        worker.Connect();

        Assert.Single(farm.Farm.Workers);
        Assert.True(worker.Has(job));
        Assert.Equal(2, farm.Job(job).Items![0].Attempts);
    }

    [Fact]
    public void Should_leave_what_waits_for_it_alone_when_it_was_away()
    {
        var worker = farm.AddWorker(1, "w1");
        var job = farm.Submit("1-2");
        worker.Step();
        worker.Disconnect();
        farm.Advance(farm.Options.WorkerLostMs + 1);
        Remove(worker);
        farm.Restart();

        var other = farm.AddWorker(1, "w2");
        Assert.True(other.Has(job));
    }

    [Fact]
    public void Should_come_anew_when_it_is_asked_what_it_has()
    {
        var worker = farm.AddWorker(1, "w1");
        Assert.True(farm.Farm.RefreshWorker(worker.Id, FarmHarness.Root, farm.Now));
        Assert.Equal([worker.Id], farm.Farm.Take(farm.Now).ClosedLinks);
        worker.Disconnect();
        Assert.False(farm.Farm.RefreshWorker(worker.Id, FarmHarness.Root, farm.Now));
    }

    private int? LinkUp(WorkerId id) => farm.Farm.LinkUp(id, new WorkerFacts { Name = "w1", Slots = 1 }, WorkerVitals.Unknown, [], farm.Now);

    private void Remove(FakeWorker worker)
    {
        farm.Farm.RemoveWorker(worker.Id, FarmHarness.Root, farm.Now);
        farm.Settle();
        if (worker.IsConnected)
        {
            worker.Burn();
        }
    }
}
