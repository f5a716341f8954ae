using Quern.Core.Dispatch;
using Quern.Core.Farms;
using Quern.Core.Jobs;
using Quern.Core.Tests.Farms;
using Quern.Core.Workers;

namespace Quern.Core.Tests.Dispatch;

public sealed class When_a_site_has_rules_of_its_own
{
    private static FarmHarness With(FakePolicy policy, PreemptPolicy preemption = PreemptPolicy.Mixed)
        => new(new FarmOptions { Policy = policy, PreemptPolicy = preemption, WidePatienceMs = -1 });

    private static int Running(FarmHarness farm, JobId job) => farm.Job(job).CountInstances(Status.Running);

    [Fact]
    public void It_says_who_goes_first_on_a_host()
    {
        var farm = With(new FakePolicy { ByName = true });
        var first = farm.Submit("", spec => spec with { Name = "b", Priority = 1 });
        var second = farm.Submit("", spec => spec with { Name = "a", Priority = 9999 });
        var worker = farm.AddWorker(1);
        Assert.Equal((0, 1), (Running(farm, first), Running(farm, second)));
        Assert.Equal([first], farm.Farm.JobOrder(farm.Farm.FindWorker(worker.Id)!, 9, farm.Now).Select(entry => entry.Job.Id));
        Assert.Equal(-1, farm.Farm.Why(new Target(first), null, farm.Now, out _)!.JobsBefore);
    }

    [Fact]
    public void What_it_does_not_tell_apart_stays_as_it_is()
    {
        var farm = With(new FakePolicy { ByName = true });
        var late = farm.Submit("", spec => spec with { Name = "a", Priority = 9 });
        var early = farm.Submit("", spec => spec with { Name = "a", Priority = 1 });
        farm.AddWorker(1);
        Assert.Equal((0, 1), (Running(farm, late), Running(farm, early)));
    }

    [Fact]
    public void It_says_which_host_a_job_gets()
    {
        var farm = With(new FakePolicy { HostsByName = true });
        farm.AddWorker(1, "w2");
        farm.AddWorker(8, "w3");
        farm.AddWorker(1, "w1");
        var job = farm.Submit("1-9", spec => spec with { Cpus = 3 });
        Assert.Equal(["w1", "w2", "w3"], farm.Job(job).InstanceList.Select(instance => instance.Worker!.Name));
    }

    [Fact]
    public void It_keeps_a_job_from_a_host_and_why_tells()
    {
        var farm = With(new FakePolicy { Forbidden = "w1" });
        farm.AddWorker(1, "w1");
        var job = farm.Submit("");
        Assert.Equal(0, Running(farm, job));
        var hosts = Assert.Single(farm.Farm.Why(new Target(job), null, farm.Now, out _)!.Hosts);
        Assert.Equal((Fit.Policy, "the site's policy keeps the job from w1: not on w1"), (hosts.Fit, hosts.Reason));
        farm.AddWorker(1, "w2");
        Assert.Equal("w2", farm.Job(job).InstanceList[0].Worker!.Name);
    }

    [Theory]
    [InlineData(PolicyPreemption.None, 0, 1)]
    [InlineData(PolicyPreemption.Aggressive, 1, 0)]
    public void It_says_what_gives_way_where_that_is_mixed(PolicyPreemption answer, int urgentRuns, int lowRuns)
    {
        var farm = With(new FakePolicy { Answer = answer });
        var worker = farm.AddWorker(1);
        var low = farm.Submit("1-20", spec => spec with { Priority = 900 });
        var urgent = farm.Submit("1-20", spec => spec with { Priority = 1 });
        worker.Step();
        Assert.Equal((urgentRuns, lowRuns), (Running(farm, urgent), Running(farm, low)));
    }

    [Fact]
    public void Its_preemption_is_not_asked_where_the_farm_has_another()
    {
        var farm = With(new FakePolicy { Answer = PolicyPreemption.None }, PreemptPolicy.Aggressive);
        var worker = farm.AddWorker(1);
        farm.Submit("1-20", spec => spec with { Priority = 900 });
        var urgent = farm.Submit("1-20", spec => spec with { Priority = 1 });
        worker.Step();
        Assert.Equal(1, Running(farm, urgent));
    }

    [Fact]
    public void Whoever_goes_first_by_it_gets_room_too()
    {
        var farm = With(new FakePolicy { ByName = true, Answer = PolicyPreemption.Aggressive });
        var worker = farm.AddWorker(1);
        farm.Submit("1-20", spec => spec with { Name = "b", Priority = 1 });
        var first = farm.Submit("1-20", spec => spec with { Name = "a", Priority = 9999 });
        worker.Step();
        Assert.Equal(1, Running(farm, first));
    }

    [Fact]
    public void Its_faults_are_in_the_history()
    {
        var policy = new FakePolicy();
        var farm = With(policy);
        policy.Faults.Add("it threw");
        farm.Settle();
        farm.Settle();
        Assert.Single(farm.History, row => row.Comment == "it threw");
    }

    private sealed class FakePolicy : IDispatchPolicy
    {
        public bool ByName { get; init; }
        public bool HostsByName { get; init; }
        public string Forbidden { get; init; } = "";
        public PolicyPreemption Answer { get; init; }
        public List<string> Faults { get; } = [];
        public bool ComparesJobs => ByName;
        public bool ComparesHosts => HostsByName;

        public int CompareJobs(Job a, Job b, Worker host) => string.CompareOrdinal(a.Spec.Name, b.Spec.Name);

        public int CompareHosts(Worker a, Worker b, Job job) => string.CompareOrdinal(a.Name, b.Name);

        public string? WhyNot(Job job, Worker host) => host.Name == Forbidden ? $"not on {host.Name}" : null;

        public PolicyPreemption Preempt(Job running, Job candidate, Worker host) => Answer;

        public IReadOnlyList<string> TakeFaults()
        {
            var taken = Faults.ToArray();
            Faults.Clear();
            return taken;
        }
    }
}
