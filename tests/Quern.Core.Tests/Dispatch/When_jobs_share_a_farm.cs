using Quern.Core.Actions;
using Quern.Core.Dispatch;
using Quern.Core.Expressions;
using Quern.Core.Farms;
using Quern.Core.Jobs;
using Quern.Core.Permissions;
using Quern.Core.Resources;
using Quern.Core.Tests.Farms;

namespace Quern.Core.Tests.Dispatch;

/// <summary>Which job a host goes to, and which host a job. Source of the examples: reference, qube-jobs 11 to 13.</summary>
public sealed class When_jobs_share_a_farm
{
    /// <summary>Without preemption: what runs, runs on.</summary>
    private static FarmHarness Quiet(Func<FarmOptions, FarmOptions>? change = null)
    {
        var options = new FarmOptions { PreemptPolicy = PreemptPolicy.Disabled, WidePatienceMs = -1 };
        return new FarmHarness(change is null ? options : change(options));
    }

    private static string HostOf(FarmHarness farm, JobId job, int sub = 0) => farm.Job(job).InstanceList[sub].Worker?.Name ?? "";

    private static int Running(FarmHarness farm, JobId job) => farm.Job(job).CountInstances(Status.Running);

    [Fact]
    public void The_worst_job_of_the_hosts_own_cluster_goes_before_the_best_of_any_other()
    {
        var farm = Quiet();
        var best = farm.Submit("", spec => spec with { Cluster = "/B", Priority = 1 });
        var own = farm.Submit("", spec => spec with { Cluster = "/A", Priority = 9999 });
        farm.AddWorker(1, change: facts => facts with { Cluster = "/A" });
        Assert.Equal((1, 0), (Running(farm, own), Running(farm, best)));
    }

    [Theory]
    [InlineData("priority")]
    [InlineData("queue")]
    public void Another_queue_algorithm_takes_no_account_of_clusters(string name)
    {
        var algorithm = Enum.Parse<QueueAlgorithm>(name, ignoreCase: true);
        var farm = Quiet(options => options with { QueueAlgorithm = algorithm });
        var first = farm.Submit("", spec => spec with { Cluster = "/A", Priority = 500 });
        var urgent = farm.Submit("", spec => spec with { Cluster = "/B", Priority = 1 });
        farm.AddWorker(1, change: facts => facts with { Cluster = "/A" });
        Assert.Equal(1, Running(farm, algorithm == QueueAlgorithm.Priority ? urgent : first));
    }

    [Fact]
    public void A_job_type_runs_only_where_it_is_installed()
    {
        var farm = Quiet();
        farm.AddWorker(4, "old");
        var job = farm.Submit("1-4", spec => spec with { Prototype = "maya", Cpus = 4 });
        Assert.Equal((0, Fit.JobType), (Running(farm, job), Assert.Single(farm.Farm.Why(new Target(job, null, null), null, farm.Now, out _)!.Hosts).Fit));
        farm.AddWorker(2, "new", change: facts => facts with { JobTypes = "cmdline,cmdrange,Maya" });
        Assert.Equal([2, 0], [farm.Job(job).InstanceList.Count(instance => instance.Worker?.Name == "new"), farm.Job(job).InstanceList.Count(instance => instance.Worker?.Name == "old")]);
    }

    [Fact]
    public void A_job_goes_to_the_host_nearest_in_the_cluster_tree()
    {
        var farm = Quiet();
        farm.AddWorker(8, "far", change: facts => facts with { Cluster = "/B" });
        farm.AddWorker(2, "near", change: facts => facts with { Cluster = "/A/B" });
        farm.AddWorker(1, "own", change: facts => facts with { Cluster = "/A" });
        var job = farm.Submit("1-9", spec => spec with { Cluster = "/A", Cpus = 4 });
        Assert.Equal(["own", "near", "near", "far"], Enumerable.Range(0, 4).Select(sub => HostOf(farm, job, sub)));
    }

    [Theory]
    [InlineData("/a", "", "/a", true)]
    [InlineData("/a", "", "/a/b", false)]
    [InlineData("/a/*", "", "/a/b", true)]
    [InlineData("/a/*", "", "/a", false)]
    [InlineData("/a/+", "", "/a/b/c", true)]
    [InlineData("/b || /a/+", "", "/a", true)]
    [InlineData("", "/show", "/a", false)]
    [InlineData("", "/show/+", "/a", true)]
    public void Restrictions_of_both_sides_count(string ofJob, string ofHost, string cluster, bool isRun)
    {
        var farm = Quiet();
        farm.AddWorker(1, change: facts => facts with { Cluster = cluster, Restrictions = ofHost });
        var job = farm.Submit("", spec => spec with { Cluster = "/show/comp", Restrictions = ofJob });
        Assert.Equal(isRun ? 1 : 0, Running(farm, job));
    }

    [Fact]
    public void Hosts_are_chosen_by_groups()
    {
        var farm = Quiet();
        farm.AddWorker(1, "w1", change: facts => facts with { Groups = "fast,gpu" });
        farm.AddWorker(1, "w2", change: facts => facts with { Groups = "slow" });
        var wanted = farm.Submit("", spec => spec with { Groups = "GPU" });
        var omitted = farm.Submit("", spec => spec with { OmitGroups = "fast" });
        Assert.Equal(("w1", "w2"), (HostOf(farm, wanted), HostOf(farm, omitted)));
    }

    [Theory]
    [InlineData("host.processors=3", 3)]
    [InlineData("host.processors=2+", 8)]
    [InlineData("host.processors=2*", 8)]
    [InlineData("host.processors=all", 8)]
    [InlineData("host.processors=2-5", 5)]
    public void Slots_are_given_as_they_are_reserved(string reservations, int slots)
    {
        var farm = Quiet();
        var worker = farm.AddWorker(8);
        var job = farm.Submit("", spec => spec with { Reservations = reservations });
        Assert.Equal((slots, slots), (farm.Job(job).InstanceList[0].Slots, farm.Farm.FindWorker(worker.Id)!.SlotsUsed));
        Assert.Equal($"host.processors={slots}", farm.Job(job).InstanceList[0].Allocations);
        farm.Restart();
        Assert.Equal(slots, farm.Farm.FindWorker(worker.Id)!.SlotsUsed);
        worker.Step();
        Assert.Equal(0, farm.Farm.FindWorker(worker.Id)!.SlotsUsed);
    }

    [Fact]
    public void A_whole_host_is_wanted_idle()
    {
        var farm = Quiet();
        farm.AddWorker(4);
        farm.Submit("1-9");
        var whole = farm.Submit("", spec => spec with { Reservations = "host.processors=1*" });
        Assert.Equal(0, Running(farm, whole));
    }

    [Fact]
    public void Hosts_that_differ_in_what_a_job_reserves_are_told_apart()
    {
        var farm = Quiet();
        farm.AddWorker(1, "w1", change: facts => facts with { Resources = new Dictionary<string, int> { ["gpu"] = 1 } });
        farm.AddWorker(1, "w2", change: facts => facts with { Resources = new Dictionary<string, int> { ["gpu"] = 4 } });
        var job = farm.Submit("1-9", spec => spec with { Cpus = 2, Reservations = "host.processors=1,host.gpu=2" });
        Assert.Equal(["w2"], farm.Job(job).InstanceList.Where(instance => instance.IsPlaced).Select(instance => instance.Worker!.Name));
    }

    [Fact]
    public void Resources_of_a_host_are_not_used_twice()
    {
        var farm = Quiet();
        farm.AddWorker(8, change: facts => facts with { MemoryBytes = 8L << 30, Resources = new Dictionary<string, int> { ["gpu"] = 2 } });
        var memory = farm.Submit("1-9", spec => spec with { Cpus = 8, Reservations = "host.processors=1,host.memory=3000" });
        var cards = farm.Submit("1-9", spec => spec with { Cpus = 8, Reservations = "host.processors=1,host.gpu=1" });
        Assert.Equal((2, 2), (Running(farm, memory), Running(farm, cards)));
    }

    [Fact]
    public void A_licence_is_held_by_as_many_as_there_are_and_handed_on()
    {
        var farm = Quiet(options => options with { GlobalResources = [(new ResourceName(ResourceClass.Global, "nuke"), 2), (new ResourceName(ResourceClass.GlobalHost, "node"), 1)] });
        var worker = farm.AddWorker(8);
        var other = farm.AddWorker(8, "w2");
        var job = farm.Submit("1-4", spec => spec with { Cpus = 4, Reservations = "host.processors=1,global.nuke=1" });
        Assert.Equal(2, Running(farm, job));
        Assert.Equal(2, farm.Farm.FindResource(new ResourceName(ResourceClass.Global, "nuke"))!.Held);
        farm.Restart();
        Assert.Equal(2, farm.Farm.FindResource(new ResourceName(ResourceClass.Global, "nuke"))!.Held);
        for (var step = 0; step < 20; step++)
        {
            worker.Step();
            other.Step();
        }

        Assert.Equal(Status.Complete, farm.Job(job).Status);
        Assert.Equal(0, farm.Farm.FindResource(new ResourceName(ResourceClass.Global, "nuke"))!.Held);

        // Once a host, however many instances.
        var perHost = farm.Submit("1-9", spec => spec with { Cpus = 9, Reservations = "host.processors=1,global_host.node=1" });
        Assert.Equal(8, Running(farm, perHost));
    }

    [Fact]
    public void As_many_instances_of_a_user_run_as_may()
    {
        var farm = Quiet(options => options with { InstanceLimits = InstanceLimits.Parse(-1, -1, "ann=3", "", out _)! });
        farm.AddWorker(8);
        var first = farm.Submit("1-9", spec => spec with { Cpus = 2 });
        var second = farm.Submit("1-9", spec => spec with { Cpus = 4 });
        Assert.Equal((2, 1), (Running(farm, first), Running(farm, second)));
        farm.Act(Verb.Kill, $"{first}");
        farm.Workers.Values.First().Step();
        Assert.Equal(3, Running(farm, second));
    }

    [Fact]
    public void Of_the_limits_of_a_user_and_of_a_process_group_the_smaller_counts()
    {
        var farm = Quiet(options => options with { InstanceLimits = InstanceLimits.Parse(5, 3, "", "", out _)! });
        farm.AddWorker(8);
        var first = farm.Submit("1-9", spec => spec with { Cpus = 4 });
        var second = farm.Submit("1-9", spec => spec with { Cpus = 4 });
        Assert.Equal((3, 2), (Running(farm, first), Running(farm, second)));
    }

    [Fact]
    public void What_has_no_agenda_makes_room_at_once_whatever_the_policy()
    {
        var farm = new FarmHarness();
        var worker = farm.AddWorker(1);
        var low = farm.Submit("", spec => spec with { Priority = 900 });
        var urgent = farm.Submit("", spec => spec with { Priority = 1 });
        Assert.Contains(farm.Orders, order => order is KillOrder && order.Run.Instance.Job == low);
        worker.Step();
        Assert.Equal((0, 1), (Running(farm, low), Running(farm, urgent)));
    }

    [Fact]
    public void Nobody_makes_room_while_something_is_free_or_where_that_is_the_policy()
    {
        var farm = new FarmHarness();
        farm.AddWorker(1, "w1");
        var low = farm.Submit("1-9", spec => spec with { Priority = 900 });
        farm.AddWorker(1, "w2");
        var urgent = farm.Submit("", spec => spec with { Priority = 1 });
        Assert.Equal((1, 1), (Running(farm, low), Running(farm, urgent)));
        Assert.DoesNotContain(farm.History, row => row.Comment.Contains("preempted", StringComparison.Ordinal));

        var quiet = Quiet();
        quiet.AddWorker(1);
        quiet.Submit("1-9", spec => spec with { Priority = 900 });
        quiet.Submit("", spec => spec with { Priority = 1 });
        Assert.DoesNotContain(quiet.History, row => row.Comment.Contains("preempted", StringComparison.Ordinal));
    }

    [Fact]
    public void Room_is_made_for_a_job_of_higher_priority_after_the_current_item()
    {
        var farm = new FarmHarness();
        var worker = farm.AddWorker(2);
        var low = farm.Submit("1-20", spec => spec with { Cpus = 2, Priority = 900 });
        var urgent = farm.Submit("", spec => spec with { Priority = 1 });
        Assert.Equal((2, 0), (Running(farm, low), Running(farm, urgent)));
        for (var step = 0; step < 4 && Running(farm, urgent) == 0; step++)
        {
            worker.Step();
        }

        Assert.Equal((1, 1), (Running(farm, low), Running(farm, urgent)));
    }

    [Fact]
    public void Room_is_made_at_once_where_that_is_the_policy()
    {
        var farm = new FarmHarness(new FarmOptions { PreemptPolicy = PreemptPolicy.Aggressive });
        var worker = farm.AddWorker(1);
        var low = farm.Submit("1-20", spec => spec with { Priority = 900 });
        var immune = farm.Submit("1-20", spec => spec with { Priority = 800, Flags = ["uninterruptible"] });
        worker.Step();
        Assert.Equal(1, Running(farm, immune));
        farm.Submit("", spec => spec with { Priority = 1 });
        Assert.Equal(1, Running(farm, immune));
        Assert.Contains(farm.History, row => row.Job == low.Value && row.Comment.Contains("preempted", StringComparison.Ordinal));
        Assert.DoesNotContain(farm.History, row => row.Job == immune.Value && row.Comment.Contains("preempted", StringComparison.Ordinal));
    }

    [Fact]
    public void Two_shares_get_their_parts_and_take_what_nobody_wants()
    {
        var farm = Quiet(options => options with { Shares = [(ClusterPath.Parse("/x", out _)!, 60), (ClusterPath.Parse("/y", out _)!, 30)] });
        var worker = farm.AddWorker(90);
        var alone = farm.Submit("1-30000", spec => spec with { Cpus = 90, Cluster = "/x" });
        Assert.Equal(90, Running(farm, alone));
        var other = farm.Submit("1-30000", spec => spec with { Cpus = 90, Cluster = "/y" });
        for (var step = 0; step < 60; step++)
        {
            worker.Step();
        }

        Assert.InRange(Running(farm, other), 28, 32);
        Assert.Equal(90, Running(farm, alone) + Running(farm, other));
    }

    [Fact]
    public void A_wide_job_gets_a_host_in_a_stream_of_narrow_ones()
    {
        var farm = Quiet(options => options with { WidePatienceMs = 30_000 });
        var worker = farm.AddWorker(4);
        farm.Submit("1-5000", spec => spec with { Cpus = 4 });
        var wide = farm.Submit("", spec => spec with { Reservations = "host.processors=4" });
        farm.Submit("1-5000", spec => spec with { Cpus = 4, Priority = 9999 });
        worker.Step();
        Assert.Equal(0, Running(farm, wide));
        farm.Advance(31_000);
        for (var step = 0; step < 40 && Running(farm, wide) == 0; step++)
        {
            worker.Step();
        }

        // The stream that was there first goes before it; what came later does not.
        Assert.Contains(farm.Farm.Why(new Target(wide), null, farm.Now, out _)!.Hosts, entry => entry.Fit is Fit.Slots or Fit.Fits);
    }

    [Fact]
    public void A_wide_job_of_higher_priority_is_kept_a_host()
    {
        var farm = Quiet(options => options with { WidePatienceMs = 30_000 });
        var worker = farm.AddWorker(4);
        farm.Submit("1-5000", spec => spec with { Cpus = 4 });
        var wide = farm.Submit("", spec => spec with { Reservations = "host.processors=4", Priority = 5 });
        farm.Advance(31_000);
        for (var step = 0; step < 60 && Running(farm, wide) == 0; step++)
        {
            worker.Step();
        }

        Assert.Equal(1, Running(farm, wide));
    }

    [Fact]
    public void A_host_order_fills_one_host_before_the_next()
    {
        var farm = Quiet();
        farm.AddWorker(2, "small", change: facts => facts with { MemoryBytes = 1L << 30 });
        farm.AddWorker(2, "big", change: facts => facts with { MemoryBytes = 64L << 30 });
        var job = farm.Submit("1-9", spec => spec with { Cpus = 3, HostOrder = "+host.memory.total" });
        Assert.Equal(["big", "big", "small"], Enumerable.Range(0, 3).Select(sub => HostOf(farm, job, sub)));
    }
}
