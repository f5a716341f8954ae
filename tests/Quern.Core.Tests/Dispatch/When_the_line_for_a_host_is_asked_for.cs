using Quern.Core.Actions;
using Quern.Core.Dispatch;
using Quern.Core.Farms;
using Quern.Core.Tests.Farms;

namespace Quern.Core.Tests.Dispatch;

public sealed class When_the_line_for_a_host_is_asked_for
{
    /// <summary>The table of reference, qube-jobs 12.2: a worker in /A/B/C.</summary>
    [Fact]
    public void Jobs_stand_by_their_distance_then_priority_then_order_then_id()
    {
        var farm = new FarmHarness();
        var worker = farm.AddWorker(1, change: facts => facts with { Cluster = "/A/B/C" });
        farm.Submit("1-9", spec => spec with { Cluster = "/A/B/C", Priority = 1, Flags = ["uninterruptible"] });
        string[] clusters = ["/G", "/", "/A", "/A/B/F", "/A/B", "/A/B/C/D/E", "/A/B/C/D", "/A/B/C"];
        var jobs = clusters.Select((cluster, at) => farm.Submit("", spec => spec with { Cluster = cluster, Priority = at + 1 })).ToList();
        var better = farm.Submit("", spec => spec with { Cluster = "/A/B/C", Priority = 5 });
        var top = farm.Submit("", spec => spec with { Cluster = "/G", Priority = 1 });
        farm.Act(Verb.Top, $"{top}", FarmHarness.Root);

        var line = farm.Farm.JobOrder(farm.Farm.FindWorker(worker.Id)!, 100, farm.Now);

        Assert.Equal(
            [(better, 1), (jobs[7], 1), (jobs[5], 2), (jobs[6], 2), (jobs[3], 3), (jobs[4], 3), (jobs[2], 4), (top, 5), (jobs[0], 5), (jobs[1], 5)],
            line.Select(entry => (entry.Job.Id, entry.Rank)));
        Assert.All(line, entry => Assert.Equal(Fit.Slots, entry.Fit));
        Assert.Equal(3, farm.Farm.JobOrder(farm.Farm.FindWorker(worker.Id)!, 3, farm.Now).Count);
    }

    /// <summary>A worker in /: a job in / ranks 1, all others 2.</summary>
    [Fact]
    public void A_host_at_the_root_takes_all_departments_alike()
    {
        var farm = new FarmHarness();
        var worker = farm.AddWorker(1);
        farm.Submit("1-9", spec => spec with { Priority = 1, Flags = ["uninterruptible"] });
        var late = farm.Submit("", spec => spec with { Cluster = "/A", Priority = 3 });
        var early = farm.Submit("", spec => spec with { Cluster = "/B/C", Priority = 2 });
        var own = farm.Submit("", spec => spec with { Priority = 9999 });
        Assert.Equal([(own, 1), (early, 2), (late, 2)], farm.Farm.JobOrder(farm.Farm.FindWorker(worker.Id)!, 9, farm.Now).Select(entry => (entry.Job.Id, entry.Rank)));
    }

    [Theory]
    [InlineData(QueueAlgorithm.Priority, true)]
    [InlineData(QueueAlgorithm.Queue, false)]
    public void Another_queue_has_another_line_and_no_rank(QueueAlgorithm algorithm, bool isByPriority)
    {
        var farm = new FarmHarness(new FarmOptions { QueueAlgorithm = algorithm, PreemptPolicy = PreemptPolicy.Disabled });
        var worker = farm.AddWorker(1, change: facts => facts with { Cluster = "/A" });
        farm.Submit("1-9");
        var first = farm.Submit("", spec => spec with { Cluster = "/A", Priority = 500 });
        var second = farm.Submit("", spec => spec with { Cluster = "/B", Priority = 5 });
        farm.Submit("", spec => spec with { Restrictions = "/Z", Priority = 1 });

        var line = farm.Farm.JobOrder(farm.Farm.FindWorker(worker.Id)!, 9, farm.Now);

        Assert.Equal(isByPriority ? [(second, 0), (first, 0)] : [(first, 0), (second, 0)], line.Select(entry => (entry.Job.Id, entry.Rank)));
    }
}
