using Quern.Core.Dispatch;
using Quern.Core.Farms;
using Quern.Core.Jobs;
using Quern.Core.Tests.Farms;
using Quern.Core.Workers;

namespace Quern.Core.Tests.Dispatch;

/// <summary>Requirements over what heartbeats say: load, free memory and swap. Source: reference, qube-jobs 11.1.</summary>
public sealed class When_a_host_says_how_it_is
{
    private static readonly WorkerVitals Busy = WorkerVitals.Unknown with { Load = new LoadAverages(4.5, 3, 0.25), FreeMemoryBytes = 1L << 30, FreeSwapBytes = 2L << 30 };
    private readonly FarmHarness farm = new();

    [Theory]
    [InlineData("host.loadavg_1min = 4.5", true)]
    [InlineData("host.loadavg_5min >= 3", true)]
    [InlineData("host.loadavg_15min < 0.3", true)]
    [InlineData("host.loadavg_15min > 0.3", false)]
    [InlineData("host.swap = 8192 and host.swap.total = 8192", true)]
    [InlineData("host.swap.avail = 2048 and host.swap.used = 6144", true)]
    public void Should_be_chosen_by_what_it_says(string requirements, bool isChosen)
    {
        var worker = farm.AddWorker(1, change: facts => facts with { SwapBytes = 8L << 30 });
        Say(worker, Busy);
        var job = farm.Submit("", spec => spec with { Requirements = requirements });
        Assert.Equal(isChosen, farm.Job(job).InstanceList[0].IsPlaced);
    }

    [Fact]
    public void Should_have_no_load_where_the_system_has_none_and_while_it_is_away()
    {
        var worker = farm.AddWorker(1);
        Assert.Equal("", farm.Farm.FindWorker(worker.Id)!.Value("loadavg_15min"));
        Say(worker, Busy);
        Assert.Equal("0.25", farm.Farm.FindWorker(worker.Id)!.Value("loadavg_15min"));
        worker.Disconnect();
        Assert.Equal("", farm.Farm.FindWorker(worker.Id)!.Value("loadavg_15min"));
    }

    [Fact]
    public void Should_get_the_job_that_waited_for_its_load_to_fall()
    {
        var worker = farm.AddWorker(1);
        Say(worker, Busy);
        var job = farm.Submit("", spec => spec with { Requirements = "host.loadavg_1min < 2" });
        Say(worker, Busy with { Load = new LoadAverages(2.5, 3, 0.25) });
        Assert.False(farm.Job(job).InstanceList[0].IsPlaced);
        Say(worker, Busy with { Load = new LoadAverages(1.5, 3, 0.25) });
        Assert.True(farm.Job(job).InstanceList[0].IsPlaced);
    }

    [Fact]
    public void Should_get_the_job_that_waited_for_its_memory()
    {
        var worker = farm.AddWorker(1, change: facts => facts with { MemoryBytes = 8L << 30 });
        Say(worker, Busy);
        var job = farm.Submit("", spec => spec with { Requirements = "host.memory.avail > 2000" });
        Assert.False(farm.Job(job).InstanceList[0].IsPlaced);
        Say(worker, Busy with { FreeMemoryBytes = 4L << 30 });
        Assert.True(farm.Job(job).InstanceList[0].IsPlaced);
    }

    [Fact]
    public void Should_get_the_job_that_waited_for_its_swap()
    {
        var worker = farm.AddWorker(1, change: facts => facts with { SwapBytes = 8L << 30 });
        var job = farm.Submit("", spec => spec with { Requirements = "host.swap.avail > 2000" });
        Assert.False(farm.Job(job).InstanceList[0].IsPlaced);
        Say(worker, Busy with { FreeSwapBytes = 4L << 30 });
        Assert.True(farm.Job(job).InstanceList[0].IsPlaced);
    }

    /// <summary>As memory: what instances reserved counts, not what is written there now.</summary>
    [Fact]
    public void Should_give_no_more_swap_than_it_has()
    {
        farm.AddWorker(8, "none");
        farm.AddWorker(8, "some", change: facts => facts with { SwapBytes = 4L << 30 });
        var job = farm.Submit("", spec => spec with { Cpus = 3, Reservations = "host.processors=1,host.swap=2000" });
        Assert.Equal(["some", "some"], farm.Job(job).InstanceList.Where(instance => instance.IsPlaced).Select(instance => instance.Worker!.Name));
    }

    /// <summary>Heartbeats are many: only what a job asked for is worth a look.</summary>
    [Theory]
    [InlineData("", false)]
    [InlineData("host.loadavg_5min > 1", false)]
    [InlineData("host.loadavg_1min > 1", true)]
    public void Should_be_looked_at_again_only_for_what_a_job_asked(string requirements, bool isLookedAt)
    {
        var lookout = new Lookout();
        var watched = new FarmHarness(new FarmOptions { Policy = lookout, WidePatienceMs = -1 });
        var worker = watched.AddWorker(1);
        watched.Farm.Heartbeat(worker.Id, Busy, watched.Now);
        watched.Submit("", spec => spec with { Requirements = requirements });
        lookout.TakeLooks();
        watched.Farm.Heartbeat(worker.Id, Busy with { Load = new LoadAverages(4, 3, 0.5) }, watched.Now);
        watched.Settle();
        Assert.Equal(isLookedAt, lookout.TakeLooks() > 0);
    }

    private void Say(FakeWorker worker, WorkerVitals vitals)
    {
        farm.Farm.Heartbeat(worker.Id, vitals, farm.Now);
        farm.Settle();
    }

    /// <summary>Keeps every job waiting and counts how often it is asked.</summary>
    private sealed class Lookout : IDispatchPolicy
    {
        private int _looks;

        public bool ComparesJobs => false;
        public bool ComparesHosts => false;
        public int CompareJobs(Job a, Job b, Worker host) => 0;
        public int CompareHosts(Worker a, Worker b, Job job) => 0;

        public string? WhyNot(Job job, Worker host)
        {
            _looks++;
            return "not now";
        }

        public PolicyPreemption Preempt(Job running, Job candidate, Worker host) => PolicyPreemption.None;
        public IReadOnlyList<string> TakeFaults() => [];

        public int TakeLooks()
        {
            var looks = _looks;
            _looks = 0;
            return looks;
        }
    }
}
