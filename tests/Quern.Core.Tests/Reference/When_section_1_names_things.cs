using Quern.Core.Jobs;
using Quern.Core.Tests.Farms;

namespace Quern.Core.Tests.Reference;

/// <summary>Who and what a job, an instance, an item and a process group are. Source: reference, qube-jobs 1 and 3.</summary>
public sealed class When_section_1_names_things
{
    private readonly FarmHarness farm = new();

    [Fact]
    public void Should_make_a_label_for_each_job_that_has_none_and_one_process_group_of_a_submission()
    {
        var sent = farm.SubmitAll([FarmHarness.Spec(), FarmHarness.Spec("", spec => spec with { Label = "render" }), FarmHarness.Spec()]);
        Assert.Equal(["qube0", "render", "qube1"], sent.Ids.Select(id => farm.Job(id).Label));
        Assert.All(sent.Ids, id => Assert.Equal(sent.Ids[0].Value, farm.Job(id).Pgrp));
    }

    [Fact]
    public void Should_let_a_later_job_join_a_process_group_and_find_its_labels()
    {
        var leader = farm.Submit("", spec => spec with { Label = "render" });
        var later = farm.Submit("", spec => spec with { Pgrp = leader.Value, Dependency = "complete-job-render" });
        Assert.Equal((leader.Value, "qube0", Status.Blocked), (farm.Job(later).Pgrp, farm.Job(later).Label, farm.Job(later).Status));
        Assert.Contains("label 'render' is used twice", farm.SubmitAll([FarmHarness.Spec("", spec => spec with { Pgrp = leader.Value, Label = "render" })]).Refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void Should_wait_for_no_parent()
    {
        var parent = farm.Submit("", spec => spec with { StartsBlocked = true });
        var child = farm.Submit("", spec => spec with { Pid = parent.Value });
        farm.AddWorker(1);
        Assert.Equal((1L, parent.Value, Status.Running), (farm.Job(parent).Spec.Pid, farm.Job(child).Spec.Pid, farm.Job(child).Status));
    }

    [Fact]
    public void Should_run_a_plain_command_once_per_instance_and_name_them_from_0()
    {
        var worker = farm.AddWorker(4);
        var job = farm.Submit("", spec => spec with { Cpus = 3 });
        Assert.Equal([$"{job}.0", $"{job}.1", $"{job}.2"], worker.Runs.Select(run => run.Id.Instance.ToString()));
        worker.Step();
        Assert.Equal(Status.Complete, farm.Job(job).Status);
        Assert.All(farm.Job(job).InstanceList, instance => Assert.Equal(1, instance.Run));
    }

    /// <summary>An instance works through items one after another, instances run in parallel, no item is with two.</summary>
    [Fact]
    public void Should_serve_the_agenda_to_whichever_instance_asks()
    {
        var worker = farm.AddWorker(2);
        var job = farm.Submit("10,20,30,40", spec => spec with { Cpus = 2 });
        worker.Step();
        var running = Enumerable.Range(0, 4).Select(item => (Index: item, Item: farm.Job(job).Items![item])).Where(entry => entry.Item.State == ItemState.Running).ToList();
        Assert.Equal((0, 2), (running[0].Index, running.Count));
        Assert.Equal([0, 1], running.Select(entry => entry.Item.Sub).Order());
        for (var step = 0; step < 20; step++)
        {
            worker.Step();
        }

        Assert.Equal([1, 1, 1, 1], Enumerable.Range(0, 4).Select(item => farm.Completions[(job, item)]));
    }
}
