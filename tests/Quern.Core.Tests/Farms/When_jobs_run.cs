using Quern.Core.Farms;
using Quern.Core.Jobs;

namespace Quern.Core.Tests.Farms;

public sealed class When_jobs_run
{
    private readonly FarmHarness farm = new();

    private void Finish(int steps = 200)
    {
        for (var step = 0; step < steps && farm.Farm.Jobs.Any(job => !job.Status.IsDone() || job.InstanceList.Any(i => i.Phase != RunPhase.Idle)); step++)
        {
            farm.Advance(100);
            foreach (var worker in farm.Workers.Values)
            {
                worker.Step();
            }
        }
    }

    [Fact]
    public void A_job_without_agenda_runs_once_and_completes()
    {
        var worker = farm.AddWorker();
        var job = farm.Submit();
        Assert.Equal(Status.Running, farm.Job(job).Status);
        worker.Step();
        worker.Report();
        Assert.Equal(Status.Complete, farm.Job(job).Status);
        Assert.Empty(worker.Runs);
    }

    [Fact]
    public void An_exit_code_fails_the_instance_after_its_retries()
    {
        var worker = farm.AddWorker();
        var job = farm.Submit("", spec => spec with { RetrySubjob = 1 });
        worker.Step(3);
        worker.Report();
        Assert.Equal(Status.Running, farm.Job(job).Status);
        worker.Step(3);
        Assert.Equal(Status.Failed, farm.Job(job).Status);
        Assert.Equal("exit code 3", farm.Job(job).InstanceList[0].Reason);
    }

    [Fact]
    public void Every_item_of_an_agenda_completes_once_over_two_instances()
    {
        farm.AddWorker(2);
        var job = farm.Submit("1-37", spec => spec with { Cpus = 2 });
        Finish();
        Assert.Equal(Status.Complete, farm.Job(job).Status);
        Assert.Equal(37, farm.Completions.Count);
        Assert.All(farm.Completions.Values, count => Assert.Equal(1, count));
    }

    [Fact]
    public void What_an_item_took_is_kept_and_what_a_run_notes_is_history()
    {
        var worker = farm.AddWorker(1);
        var job = farm.Submit("1-2");
        worker.Run(job).Say(new NoteFact(-1, "TERM to 3 processes"), farm.Now.Unix);
        worker.Run(job).Say(new NoteFact(1, "2 processes left behind"), farm.Now.Unix);
        worker.Report();
        Finish();
        farm.Restart();
        Assert.Equal([new ItemUsage(1, 2, 3, 4), new ItemUsage(2, 2, 3, 4)], [farm.Job(job).Items![0].Usage, farm.Job(job).Items![1].Usage]);
        Assert.Contains(farm.History, row => row is { Sub: 0, Items: "" } && row.Comment.EndsWith("on: w1: TERM to 3 processes", StringComparison.Ordinal));
        Assert.Contains(farm.History, row => row.Items == "2" && row.Comment.EndsWith("2 processes left behind", StringComparison.Ordinal));
    }

    [Fact]
    public void A_lower_number_goes_first_then_the_older_job()
    {
        var farm = new FarmHarness(new FarmOptions { PreemptPolicy = PreemptPolicy.Disabled });
        var worker = farm.AddWorker(1);
        var first = farm.Submit();
        var late = farm.Submit("", spec => spec with { Priority = 500 });
        var urgent = farm.Submit("", spec => spec with { Priority = 1 });
        var same = farm.Submit("", spec => spec with { Priority = 500 });
        var order = new List<JobId>();
        for (var step = 0; step < 20; step++)
        {
            order.AddRange(worker.Runs.Where(run => !run.IsEnded).Select(run => run.Id.Instance.Job).Where(id => !order.Contains(id)).ToList());
            worker.Step();
        }

        Assert.Equal([first, urgent, late, same], order);
    }

    [Fact]
    public void A_failed_item_is_tried_again_and_then_fails_the_job()
    {
        var worker = farm.AddWorker(1);
        var job = farm.Submit("1", spec => spec with { RetryWork = 2 });
        for (var step = 0; step < 30 && !farm.Job(job).Status.IsDone(); step++)
        {
            worker.Step(1);
        }

        Assert.Equal(Status.Failed, farm.Job(job).Status);
        Assert.Equal(3, farm.Job(job).Items![0].Attempts);
        Assert.Equal("exit code 1", farm.Job(job).Items![0].Reason);
    }

    [Fact]
    public void A_retry_delay_is_kept()
    {
        var worker = farm.AddWorker(1);
        var job = farm.Submit("1", spec => spec with { RetryWork = 1, RetryWorkDelaySeconds = 60 });
        worker.Step(1);
        worker.Step(1);
        worker.Step();
        worker.Step();
        Assert.Equal(Status.Pending, farm.Job(job).Status);
        farm.Advance(59_000);
        Assert.False(worker.Has(job));
        Assert.NotNull(farm.Farm.NextWake);
        farm.Advance(1_500);
        Assert.True(worker.Has(job));
        Finish();
        Assert.Equal(Status.Complete, farm.Job(job).Status);
    }

    [Fact]
    public void Slots_are_never_exceeded_and_wide_instances_wait_for_room()
    {
        var worker = farm.AddWorker(3);
        var wide = farm.Submit("1-6", spec => spec with { Cpus = 3, Processors = 2 });
        Assert.Single(worker.Runs);
        Assert.Equal(2, farm.Farm.FindWorker(worker.Id)!.SlotsUsed);
        Finish();
        Assert.Equal(Status.Complete, farm.Job(wide).Status);
    }

    [Fact]
    public void Short_items_are_handed_out_ahead_and_shared_near_the_end()
    {
        var worker = farm.AddWorker(2);
        var job = farm.Submit("1-1000", spec => spec with { Cpus = 2 });
        for (var step = 0; step < 20; step++)
        {
            worker.Step();
        }

        Assert.InRange(farm.Job(job).InstanceList[0].Leases.Count, 20, farm.Options.LeaseItems);
        Finish(5000);
        Assert.Equal(1000, farm.Completions.Count);
        Assert.All(farm.Completions.Values, count => Assert.Equal(1, count));
    }

    [Fact]
    public void A_long_item_that_waits_behind_another_is_given_to_an_idle_instance()
    {
        var worker = farm.AddWorker(2);
        var job = farm.Submit("1-5", spec => spec with { Cpus = 2 });
        var slow = worker.Run(job, 0);
        var quick = worker.Run(job, 1);
        slow.StartItem(farm.Now.Unix);
        worker.Report();
        for (var step = 0; step < 20 && farm.Job(job).Items!.CountOf(ItemState.Complete) < 4; step++)
        {
            farm.Advance(60_000);
            if (worker.Has(job, 1))
            {
                worker.StepRun(quick, 0);
            }

            worker.Report();
        }

        Assert.Equal(4, farm.Job(job).Items!.CountOf(ItemState.Complete));
        Finish();
        Assert.Equal(Status.Complete, farm.Job(job).Status);
    }

    [Fact]
    public void The_same_request_makes_one_job()
    {
        var first = farm.SubmitAll([FarmHarness.Spec()], "again");
        var second = farm.SubmitAll([FarmHarness.Spec()], "again");
        Assert.Equal(first.Ids, second.Ids);
        Assert.True(second.IsRepeated);
        farm.Restart();
        Assert.Equal(first.Ids, farm.SubmitAll([FarmHarness.Spec()], "again").Ids);
        Assert.Single(farm.Farm.Jobs);
    }
}
