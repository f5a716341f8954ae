using Quern.Core.Actions;
using Quern.Core.Farms;
using Quern.Core.Jobs;

namespace Quern.Core.Tests.Farms;

public sealed class When_a_worker_is_lost
{
    private readonly FarmHarness farm = new();

    [Fact]
    public void Should_wait_for_it_then_give_its_items_to_another_once()
    {
        var first = farm.AddWorker(1, "w1");
        var job = farm.Submit("1-4");
        first.Step();
        first.Burn();
        farm.Advance(farm.Options.WorkerLostMs - 1);
        Assert.Equal(Status.Running, farm.Job(job).Status);
        var second = farm.AddWorker(1, "w2");
        farm.Advance(2);
        Assert.True(second.Has(job));
        for (var step = 0; step < 40; step++)
        {
            second.Step();
        }

        Assert.Equal(Status.Complete, farm.Job(job).Status);
        Assert.Equal(2, farm.Job(job).Items![0].Attempts);
    }

    [Fact]
    public void Should_not_count_what_it_says_of_an_attempt_that_was_given_away()
    {
        var first = farm.AddWorker(1, "w1");
        var job = farm.Submit("1");
        first.Step();
        var old = first.Run(job);
        first.Disconnect();
        farm.Advance(farm.Options.WorkerLostMs + 1);
        var second = farm.AddWorker(1, "w2");
        Assert.True(second.Has(job));
        old.EndItem(ItemEnd.Exited, 1, farm.Now.Unix);
        first.Connect();
        first.Report();
        Assert.Equal(0, farm.Job(job).Items!.CountOf(ItemState.Failed));
        Assert.Empty(first.Runs);
        second.Step();
        second.Step();
        Assert.Equal(1, farm.Job(job).Items!.CountOf(ItemState.Complete));
    }

    [Fact]
    public void Should_take_it_back_when_nobody_else_got_the_instance()
    {
        var worker = farm.AddWorker(1, "w1");
        var job = farm.Submit("1-3");
        worker.Step();
        worker.Disconnect();
        farm.Advance(farm.Options.WorkerLostMs + 1);
        Assert.Equal(Status.Pending, farm.Job(job).Status);
        worker.Connect();
        Assert.Equal(Status.Running, farm.Job(job).Status);
        for (var step = 0; step < 20; step++)
        {
            worker.Step();
        }

        Assert.Equal(Status.Complete, farm.Job(job).Status);
        Assert.All(farm.Completions.Values, count => Assert.Equal(1, count));
        Assert.Equal(1, farm.Job(job).Items![0].Attempts);
    }

    [Fact]
    public void Should_blame_the_way_when_an_order_to_start_was_lost_and_is_not_wanted_any_more()
    {
        var worker = farm.AddWorker(1, "w1");
        worker.IsDeaf = true;
        var job = farm.Submit("1-2");
        farm.Act(Verb.Kill, $"{job}:1-2", itemsOnly: true);
        worker.IsDeaf = false;
        worker.Disconnect();
        worker.Connect();
        Assert.DoesNotContain(farm.History, row => row.Comment.Contains("no longer has it", StringComparison.Ordinal));
        Assert.Equal(1, farm.Farm.FindWorker(worker.Id)!.SlotsFree);
        Assert.True(farm.Job(job).Status.IsDone());
    }

    [Fact]
    public void Should_say_again_what_was_lost_on_the_way_and_nothing_that_ended()
    {
        var worker = farm.AddWorker(1, "w1");
        var job = farm.Submit("1-6");
        worker.Step();
        var run = worker.Run(job);
        worker.Disconnect();
        run.EndItem(ItemEnd.Exited, 0, farm.Now.Unix);
        run.StartItem(farm.Now.Unix);
        worker.Connect();
        for (var step = 0; step < 40; step++)
        {
            worker.Step();
        }

        Assert.Equal(Status.Complete, farm.Job(job).Status);
    }

    [Fact]
    public void Should_give_the_items_of_a_lost_proxy_back_without_a_retry()
    {
        var worker = farm.AddWorker(1, "w1");
        var job = farm.Submit("1-3");
        worker.Step();
        worker.Run(job).LoseProxy(farm.Now.Unix);
        worker.Report();
        Assert.Equal(Status.Running, farm.Job(job).Status);
        for (var step = 0; step < 20; step++)
        {
            worker.Step();
        }

        Assert.Equal(Status.Complete, farm.Job(job).Status);
        Assert.Equal(0, farm.Job(job).Items![0].Retries);
    }

    [Fact]
    public void Should_survive_a_restart_of_the_supervisor_in_the_middle()
    {
        var worker = farm.AddWorker(2, "w1");
        var job = farm.Submit("1-20", spec => spec with { Cpus = 2 });
        for (var step = 0; step < 100 && !farm.Job(job).Status.IsDone(); step++)
        {
            worker.Step();
            farm.Restart();
        }

        Assert.Equal(Status.Complete, farm.Job(job).Status);
        Assert.Equal(20, farm.Completions.Count);
        Assert.All(farm.Completions.Values, count => Assert.Equal(1, count));
    }

    [Fact]
    public void Should_move_an_instance_off_a_host_that_drains()
    {
        var first = farm.AddWorker(1, "w1");
        var job = farm.Submit("1-40");
        first.Step();
        first.Connect(isDraining: true);
        var second = farm.AddWorker(1, "w2");
        for (var step = 0; step < 10; step++)
        {
            first.Step();
        }

        Assert.Empty(first.Runs);
        Assert.True(second.Has(job));
        for (var step = 0; step < 200; step++)
        {
            second.Step();
        }

        Assert.Equal(Status.Complete, farm.Job(job).Status);
        Assert.All(farm.Completions.Values, count => Assert.Equal(1, count));
    }

    [Theory]
    [InlineData(RunEnd.Refused)]
    [InlineData(RunEnd.WorkerStopped)]
    public void Should_not_be_given_the_same_instance_at_once_when_it_is_about_to_go(RunEnd end)
    {
        var worker = farm.AddWorker(1, "w1");
        var job = farm.Submit();
        worker.Run(job).EndRun(end, 0, farm.Now.Unix, "w1 is stopping");
        worker.Report();
        Assert.False(worker.Has(job));
        worker.Disconnect();
        worker.Connect();
        Assert.True(worker.Has(job));
    }
}
