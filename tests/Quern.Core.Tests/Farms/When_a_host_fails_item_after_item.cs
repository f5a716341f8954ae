using Quern.Core.Actions;
using Quern.Core.Farms;
using Quern.Core.Jobs;

namespace Quern.Core.Tests.Farms;

/// <summary>Each row of the reference's table of auto-wrangling.</summary>
public sealed class When_a_host_fails_item_after_item
{
    private readonly FarmHarness farm = new();

    private JobId Submit(int cpus = 1, string flag = "auto_wrangling") => farm.Submit("1-100", spec => spec with { Cpus = cpus, Flags = [flag], RetryWork = -1 });

    /// <summary>Ends so many items of the host.</summary>
    private static void End(FakeWorker worker, int items, int exitCode)
    {
        for (var step = 0; step < items * 2; step++)
        {
            worker.Step(exitCode);
        }
    }

    private bool IsLocked(FakeWorker worker) => !farm.Farm.FindWorker(worker.Id)!.Lock.IsNone;

    [Fact]
    public void Should_lock_the_host_when_others_complete_items()
    {
        var (bad, good) = (farm.AddWorker(1, "bad"), farm.AddWorker(1, "good"));
        var job = Submit(2);
        End(good, 2, 0);
        End(bad, 5, 1);
        Assert.False(IsLocked(bad));
        End(bad, 1, 1);
        Assert.True(IsLocked(bad));
        Assert.False(IsLocked(good));
        Assert.Equal(0, farm.Job(job).Items!.CountOf(ItemState.Failed));
        var mail = Assert.Single(farm.Mails);
        Assert.Equal(("", "wrangling"), (mail.To, mail.Content));
        Assert.Contains("host bad is locked: it has failed 6 items of job 1", mail.Variables["EVENT"], StringComparison.Ordinal);
        farm.Restart();
        bad.Step();
        End(good, 100, 0);
        Assert.Equal(Status.Complete, farm.Job(job).Status);
    }

    [Fact]
    public void Should_lock_the_host_when_others_have_failed_nothing_yet()
    {
        var bad = farm.AddWorker(1, "bad");
        farm.AddWorker(1, "slow");
        Submit(2);
        End(bad, 6, 1);
        Assert.True(IsLocked(bad));
    }

    [Fact]
    public void Should_block_the_job_when_every_host_fails_it()
    {
        var (first, second) = (farm.AddWorker(1, "w1"), farm.AddWorker(1, "w2"));
        var job = Submit(2);
        End(second, 1, 1);
        End(first, 6, 1);
        Assert.Equal((Status.Blocked, false), (farm.Job(job).Status, IsLocked(first)));
        Assert.Equal("ann", Assert.Single(farm.Mails).To);
        Assert.Contains(farm.History, row => row.Comment == "auto-wrangling: blocked: every host that runs it fails its items");
    }

    [Fact]
    public void Should_move_a_job_that_runs_on_one_host_alone_and_blame_it_in_the_end()
    {
        var workers = Enumerable.Range(1, 4).Select(at => farm.AddWorker(1, $"w{at}")).ToList();
        var job = Submit();
        var seen = new List<string>();
        for (var round = 1; round <= 4; round++)
        {
            var host = workers.Single(worker => worker.Has(job));
            seen.Add(farm.Farm.FindWorker(host.Id)!.Name);
            End(host, 6, 1);
            host.Report();
            farm.Restart();
        }

        Assert.Equal(4, seen.Distinct().Count());
        Assert.Equal(Status.Blocked, farm.Job(job).Status);
        Assert.Equal(0, farm.Job(job).AutoMigrations);
    }

    [Fact]
    public void Should_leave_hosts_alone_that_complete_some()
    {
        var worker = farm.AddWorker(1, "w1");
        var job = Submit();
        End(worker, 1, 0);
        End(worker, 20, 1);
        Assert.Equal((Status.Running, false), (farm.Job(job).Status, IsLocked(worker)));
    }

    [Fact]
    public void Should_do_nothing_for_jobs_without_the_flag()
    {
        var worker = farm.AddWorker(1, "w1");
        var job = Submit(flag: "auto_mount");
        End(worker, 20, 1);
        Assert.Equal((Status.Running, false), (farm.Job(job).Status, IsLocked(worker)));
    }
}
