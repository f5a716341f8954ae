using Quern.Core.Actions;
using Quern.Core.Farms;
using Quern.Core.Jobs;

namespace Quern.Core.Tests.Farms;

public sealed class When_jobs_have_flags
{
    private readonly FarmHarness farm = new();

    private static void Run(FakeWorker worker, int steps = 30)
    {
        for (var step = 0; step < steps; step++)
        {
            worker.Step();
        }
    }

    [Fact]
    public void Migrate_on_frame_retry_moves_the_instance_to_another_host()
    {
        var first = farm.AddWorker(1, "w1");
        var job = farm.Submit("1-3", spec => spec with { RetryWork = 1, Flags = ["migrate_on_frame_retry"] });
        first.Step();
        var second = farm.AddWorker(1, "w2");
        first.Step(1);
        Run(first, 4);
        Assert.Equal("w2", farm.Job(job).InstanceList[0].Worker!.Name);
        Run(second);
        Assert.Equal(Status.Complete, farm.Job(job).Status);
        Assert.Equal(second.Id.Value, farm.Job(job).Items![0].Worker);
        Assert.Equal(1, farm.Job(job).Items![0].Retries);
    }

    [Fact]
    public void Grid_hands_nothing_out_until_every_instance_has_started()
    {
        var first = farm.AddWorker(1, "w1");
        var job = farm.Submit("1-6", spec => spec with { Cpus = 2, Flags = ["grid"] });
        Run(first, 3);
        Assert.Equal([Status.Waiting, Status.Pending], farm.Job(job).InstanceList.Select(instance => instance.Shown));
        Assert.Empty(farm.Job(job).Items!.Touched());
        farm.Restart();
        var second = farm.AddWorker(1, "w2");
        second.Report();
        first.Step();
        second.Step();
        Assert.Equal(2, farm.Job(job).Items!.CountOf(ItemState.Running));
        second.Burn();
        farm.Advance(60_000);
        Run(first);
        Assert.Equal(Status.Complete, farm.Job(job).Status);
    }

    [Fact]
    public void Host_list_runs_once_on_each_host_that_is_named_or_could_take_it()
    {
        var workers = new[] { farm.AddWorker(4, "w1"), farm.AddWorker(4, "w2") };
        var named = farm.Submit("", spec => spec with { Hosts = "w1,w2,w9", Flags = ["host_list"] });
        var any = farm.Submit("", spec => spec with { Cpus = 7, Flags = ["host_list"] });
        Assert.Equal((3, 2), (farm.Job(named).InstanceList.Count, farm.Job(any).InstanceList.Count));
        Array.ForEach(workers, worker => Run(worker, 5));
        Assert.Equal((Status.Pending, Status.Complete), (farm.Job(named).Status, farm.Job(any).Status));
        Assert.Equal(["w1", "w2"], farm.Job(any).InstanceList.Select(instance => instance.Worker!.Name).Order());
        farm.Restart();
        farm.Act(Verb.Retry, $"{any}");
        Array.ForEach(workers, worker => Run(worker, 5));
        Assert.Equal(Status.Complete, farm.Job(any).Status);
        Assert.All(farm.Job(any).InstanceList, instance => Assert.Equal(2, instance.Run));
        Run(farm.AddWorker(1, "w9"), 5);
        Assert.Equal(Status.Complete, farm.Job(named).Status);
    }

    [Fact]
    public void Elite_is_for_administrators()
    {
        var elite = FarmHarness.Spec("", spec => spec with { Flags = ["elite"] });
        Assert.Contains("for administrators", farm.SubmitAll([elite]).Refusal, StringComparison.Ordinal);
        Assert.Null(farm.Farm.Submit(new Submission("x", FarmHarness.Root, [elite with { User = "root" }]), farm.Now).Refusal);
        farm.Settle();
    }

    [Fact]
    public void Elite_starts_however_busy_the_host_is_and_gives_way_to_nobody()
    {
        farm.AddWorker(1);
        farm.Submit("1-9", spec => spec with { Priority = 1 });
        farm.Farm.Submit(new Submission("x", FarmHarness.Root, [FarmHarness.Spec("1-9", spec => spec with { Flags = ["elite"], User = "root" })]), farm.Now);
        farm.Settle();
        Assert.All(farm.Farm.Jobs, job => Assert.Equal(Status.Running, job.Status));
    }

    [Fact]
    public void Disable_auto_complete_keeps_instances_when_the_agenda_runs_dry()
    {
        var worker = farm.AddWorker(1);
        var job = farm.Submit("1-2", spec => spec with { Flags = ["disable_auto_complete"] });
        Run(worker);
        Assert.Equal((Status.Running, Status.Waiting), (farm.Job(job).Status, farm.Job(job).InstanceList[0].Shown));
        farm.Act(Verb.Retry, $"{job}:1");
        Run(worker);
        Assert.Equal(2, farm.Completions[(job, 0)]);
        Assert.Equal(1, farm.Job(job).InstanceList[0].Run);
        farm.Act(Verb.Retire, $"{job}", instancesOnly: true);
        Run(worker);
        Assert.Equal(Status.Complete, farm.Job(job).Status);
    }

    [Fact]
    public void Disable_cpu_limit_keeps_more_instances_than_items()
        => Assert.Equal((2, 5), (farm.Job(farm.Submit("1-2", spec => spec with { Cpus = 5 })).InstanceList.Count, farm.Job(farm.Submit("1-2", spec => spec with { Cpus = 5, Flags = ["disable_cpu_limit"] })).InstanceList.Count));

    [Fact]
    public void Items_may_have_retries_and_delays_of_their_own()
    {
        var worker = farm.AddWorker(1);
        var job = farm.Submit("1-3", spec => spec with { RetryWork = 0, ItemRetries = ItemRetries.Save([(0, 1, 20), (1, null, null), (2, null, 5)]) });
        for (var step = 0; step < 12; step++)
        {
            worker.Step(1);
        }

        Assert.Equal([ItemState.Blocked, ItemState.Failed, ItemState.Failed], [farm.Job(job).Items![0].State, farm.Job(job).Items![1].State, farm.Job(job).Items![2].State]);
        farm.Advance(20_000);
        Run(worker);
        Assert.Equal(ItemState.Complete, farm.Job(job).Items![0].State);
    }
}
