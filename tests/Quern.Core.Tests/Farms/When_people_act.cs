using Quern.Core.Actions;
using Quern.Core.Farms;
using Quern.Core.Jobs;

namespace Quern.Core.Tests.Farms;

public sealed class When_people_act
{
    private readonly FarmHarness farm = new();

    [Fact]
    public void Kill_ends_everything_and_retry_starts_anew()
    {
        var worker = farm.AddWorker(2);
        var job = farm.Submit("1-1000000", spec => spec with { Cpus = 2 });
        worker.Step();
        farm.Act(Verb.Kill, $"{job}");
        Assert.Equal(Status.Killed, farm.Job(job).Status);
        Assert.Equal(1_000_000, farm.Job(job).Items!.CountOf(ItemState.Killed));
        worker.Report();
        Assert.Empty(worker.Runs);
        farm.Act(Verb.Retry, $"{job}");
        Assert.Equal(Status.Running, farm.Job(job).Status);
        Assert.True(farm.Job(job).Items![0].Attempts >= 2);
    }

    [Fact]
    public void Block_stops_what_runs_and_unblock_goes_on()
    {
        var worker = farm.AddWorker(1);
        var job = farm.Submit("1-3");
        worker.Step();
        farm.Act(Verb.Block, $"{job}");
        Assert.Equal(Status.Blocked, farm.Job(job).Status);
        worker.Report();
        Assert.Empty(worker.Runs);
        Assert.Equal(3, farm.Job(job).Items!.CountOf(ItemState.Blocked));
        farm.Restart();
        farm.Act(Verb.Unblock, $"{job}");
        for (var step = 0; step < 20; step++)
        {
            worker.Step();
        }

        Assert.Equal(Status.Complete, farm.Job(job).Status);
    }

    [Fact]
    public void Failed_items_alone_are_retried()
    {
        var worker = farm.AddWorker(1);
        var job = farm.Submit("1-3");
        for (var step = 0; step < 20; step++)
        {
            worker.Step(step < 2 ? 1 : 0);
        }

        Assert.Equal(Status.Failed, farm.Job(job).Status);
        farm.Act(Verb.Retry, $"{job}", statuses: [Status.Failed], itemsOnly: true);
        for (var step = 0; step < 20; step++)
        {
            worker.Step();
        }

        Assert.Equal(Status.Complete, farm.Job(job).Status);
        Assert.Equal(1, farm.Job(job).Items![1].Attempts);
    }

    [Fact]
    public void A_running_item_is_killed_and_the_instance_goes_on()
    {
        var worker = farm.AddWorker(1);
        var job = farm.Submit("1-3");
        worker.Step();
        Assert.Equal([$"{job}:1"], farm.Act(Verb.Kill, $"{job}:1").Affected);
        for (var step = 0; step < 20; step++)
        {
            worker.Step();
        }

        Assert.Equal(Status.Killed, farm.Job(job).Status);
        Assert.Equal(2, farm.Job(job).Items!.CountOf(ItemState.Complete));
    }

    [Fact]
    public void Only_the_owner_and_administrators_may_and_only_done_jobs_are_removed()
    {
        var job = farm.Submit("1-3");
        var stranger = farm.Act(Verb.Kill, $"{job}", new Caller("bob", "", false));
        Assert.Contains("belongs to ann", Assert.Single(stranger.Refused), StringComparison.Ordinal);
        Assert.Contains("kill it first", Assert.Single(farm.Act(Verb.Remove, $"{job}").Refused), StringComparison.Ordinal);
        Assert.NotEmpty(farm.Act(Verb.Kill, $"{job}", FarmHarness.Root).Affected);
        Assert.NotEmpty(farm.Act(Verb.Remove, $"{job}").Affected);
        Assert.Empty(farm.Farm.Jobs);
        farm.Restart();
        Assert.Equal(job.Value + 1, farm.Submit().Value);
    }

    [Fact]
    public void What_is_not_there_is_refused_by_name()
    {
        var job = farm.Submit("1-3");
        Assert.Contains("no job 77", Assert.Single(farm.Act(Verb.Kill, "77").Refused), StringComparison.Ordinal);
        Assert.Contains("no item '9'", Assert.Single(farm.Act(Verb.Kill, $"{job}:9").Refused), StringComparison.Ordinal);
        Assert.Contains("instances 0 to 0", Assert.Single(farm.Act(Verb.Kill, $"{job}.4").Refused), StringComparison.Ordinal);
        Assert.Equal(Status.Pending, farm.Job(job).Status);
    }

    [Fact]
    public void Suspend_keeps_the_item_and_its_slot_and_resume_goes_on()
    {
        var worker = farm.AddWorker(1);
        var job = farm.Submit("1-4");
        var other = farm.Submit("1");
        worker.Step();
        farm.Act(Verb.Suspend, $"{job}");
        Assert.Equal(Status.Suspended, farm.Job(job).Status);
        Assert.True(worker.Run(job).IsSuspended);
        for (var step = 0; step < 5; step++)
        {
            worker.Step();
        }

        Assert.Equal(1, farm.Job(job).Items!.CountOf(ItemState.Running));
        Assert.Equal(3, farm.Job(job).Items!.Pending);
        Assert.Equal(Status.Pending, farm.Job(other).Status);
        farm.Restart();
        worker.Connect();
        Assert.True(worker.Run(job).IsSuspended);
        farm.Act(Verb.Resume, $"{job}");
        Assert.False(worker.Run(job).IsSuspended);
        for (var step = 0; step < 30; step++)
        {
            worker.Step();
        }

        Assert.Equal(Status.Complete, farm.Job(job).Status);
        Assert.All(farm.Job(job).Items!.Touched(), entry => Assert.Equal(0, entry.Item.Retries));
        Assert.Equal(1, farm.Completions[(job, 0)]);
    }

    [Fact]
    public void Items_of_a_suspended_instance_go_to_the_others()
    {
        var worker = farm.AddWorker(2);
        var job = farm.Submit("1-6", spec => spec with { Cpus = 2 });
        worker.Step();
        farm.Act(Verb.Suspend, $"{job}.0");
        Assert.Equal(Status.Running, farm.Job(job).Status);
        for (var step = 0; step < 30; step++)
        {
            worker.Step();
        }

        Assert.Equal(5, farm.Job(job).Items!.CountOf(ItemState.Complete));
        Assert.Equal(Status.Suspended, farm.Job(job).Status);
        farm.Act(Verb.Resume, $"{job}");
        for (var step = 0; step < 10; step++)
        {
            worker.Step();
        }

        Assert.Equal(Status.Complete, farm.Job(job).Status);
    }

    [Fact]
    public void A_resume_that_the_worker_missed_is_said_again()
    {
        var worker = farm.AddWorker(1);
        var job = farm.Submit("1");
        worker.Step();
        farm.Act(Verb.Suspend, $"{job}");
        worker.IsDeaf = true;
        farm.Act(Verb.Resume, $"{job}");
        Assert.True(worker.Run(job).IsSuspended);
        worker.IsDeaf = false;
        worker.Disconnect();
        worker.Connect();
        Assert.False(worker.Run(job).IsSuspended);
    }

    [Fact]
    public void A_suspended_job_can_be_killed_and_a_waiting_one_is_not_suspended()
    {
        var worker = farm.AddWorker(1);
        var job = farm.Submit("1-3");
        var waiting = farm.Submit("1-3");
        worker.Step();
        Assert.Empty(farm.Act(Verb.Suspend, $"{waiting}").Affected);
        farm.Act(Verb.Suspend, $"{job}");
        farm.Act(Verb.Kill, $"{job}");
        Assert.Equal(Status.Killed, farm.Job(job).Status);
    }
}
