using Quern.Core.Actions;
using Quern.Core.Farms;
using Quern.Core.Jobs;

namespace Quern.Core.Tests.Farms;

public sealed class When_a_host_is_blamed
{
    private readonly FarmHarness farm = new();

    private void End(FakeWorker worker, JobId job, VerdictKind kind, int seconds)
    {
        var run = worker.Run(job);
        var verdict = new Verdict(kind, seconds, "the flight check 'disk' refused with exit code 86");
        if (run.HasAgenda)
        {
            run.StartItem(farm.Now.Unix);
            run.EndItem(ItemEnd.Stopped, 0, farm.Now.Unix, verdict);
        }

        run.Release(run.Held.ToList(), farm.Now.Unix);
        run.EndRun(RunEnd.Refused, 0, farm.Now.Unix, verdict.Text, verdict);
        worker.Report();
    }

    [Fact]
    public void Should_give_the_item_to_another_host_at_no_cost_of_a_retry()
    {
        var sick = farm.AddWorker(4, "sick");
        var well = farm.AddWorker(1, "well");
        var job = farm.Submit("1-2", spec => spec with { RetryWork = 0 });
        End(sick, job, VerdictKind.HostBlamed, 600);
        Assert.True(well.Has(job));
        Assert.False(sick.Has(job));
        Assert.Equal((ItemState.Leased, 0), (farm.Job(job).Items![0].State, farm.Job(job).Items![0].Retries));
        while (well.Has(job))
        {
            well.Step();
        }

        Assert.Equal(Status.Complete, farm.Job(job).Status);
    }

    [Fact]
    public void Should_keep_the_job_away_from_the_host_for_a_time()
    {
        var sick = farm.AddWorker(4, "sick");
        var job = farm.Submit("1-2");
        End(sick, job, VerdictKind.HostBlamed, 600);
        Assert.Equal((Status.Pending, "the flight check 'disk' refused with exit code 86"), (farm.Job(job).Status, farm.Job(job).InstanceList[0].Reason));
        farm.Advance(599_000);
        Assert.False(sick.Has(job));
        farm.Advance(2_000);
        Assert.True(sick.Has(job));
    }

    [Fact]
    public void Should_ask_the_host_again_at_once_when_the_job_is_shoved()
    {
        var sick = farm.AddWorker(4, "sick");
        var job = farm.Submit("1-2");
        End(sick, job, VerdictKind.HostBlamed, 600);
        Assert.False(sick.Has(job));
        farm.Act(Verb.Shove, $"{job}");
        Assert.True(sick.Has(job));
    }

    [Fact]
    public void Should_tell_of_the_host_when_several_runs_in_a_row_blame_it()
    {
        var sick = farm.AddWorker(1, "sick");
        for (var round = 0; round < 4; round++)
        {
            End(sick, farm.Submit(), VerdictKind.HostBlamed, 600);
        }

        var told = Assert.Single(farm.History, row => row.Comment.StartsWith("host sick: trouble", StringComparison.Ordinal));
        Assert.Contains("3 times in a row", told.Comment, StringComparison.Ordinal);
        Assert.True(farm.Farm.FindWorker(sick.Id)!.IsBlamed);
        farm.Submit();
        sick.Step();
        Assert.False(farm.Farm.FindWorker(sick.Id)!.IsBlamed);
    }

    [Fact]
    public void Should_delay_an_item_whose_licence_was_refused_and_count_no_retry()
    {
        var worker = farm.AddWorker(4);
        var job = farm.Submit("1-2", spec => spec with { RetryWork = 0 });
        var other = farm.Submit("1-2");
        End(worker, job, VerdictKind.LicenceRefused, 60);
        var item = farm.Job(job).Items![0];
        Assert.Equal((ItemState.Blocked, 0, "the flight check 'disk' refused with exit code 86"), (item.State, item.Retries, item.Reason));
        Assert.True(worker.Has(other));
        Assert.False(worker.Has(job));
    }

    [Fact]
    public void Should_start_a_job_whose_licence_was_refused_again_when_its_time_is_over()
    {
        var worker = farm.AddWorker(4);
        var job = farm.Submit("1-2");
        End(worker, job, VerdictKind.LicenceRefused, 60);
        farm.Advance(61_000);
        Assert.True(worker.Has(job));
        Assert.Equal(2, farm.Job(job).Items!.Active);
    }

    [Fact]
    public void Should_fail_what_a_check_refused_whatever_its_exit_code()
    {
        var worker = farm.AddWorker();
        var job = farm.Submit("1", spec => spec with { RetryWork = 1 });
        for (var round = 0; round < 2; round++)
        {
            worker.Run(job).StartItem(farm.Now.Unix);
            worker.Run(job).EndItem(ItemEnd.Exited, 0, farm.Now.Unix, new Verdict(VerdictKind.Failed, 0, "the picture is torn"));
            worker.Report();
        }

        Assert.Equal((ItemState.Failed, 1, "the picture is torn"), (farm.Job(job).Items![0].State, farm.Job(job).Items![0].Retries, farm.Job(job).Items![0].Reason));
    }
}
