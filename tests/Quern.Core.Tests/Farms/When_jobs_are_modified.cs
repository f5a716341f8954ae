using Quern.Core.Actions;
using Quern.Core.Farms;
using Quern.Core.Jobs;
using Quern.Core.Triggers;

namespace Quern.Core.Tests.Farms;

public sealed class When_jobs_are_modified
{
    private readonly FarmHarness farm = new();

    [Fact]
    public void Should_go_first_by_its_new_priority()
    {
        var first = farm.Submit("1-3", spec => spec with { Priority = 10 });
        var second = farm.Submit("1-3", spec => spec with { Priority = 20 });
        Assert.Equal([$"{second}"], farm.Modify($"{second}", spec => spec with { Priority = 5 }, "priority").Affected);
        farm.Restart();
        farm.AddWorker(1);
        Assert.Equal([Status.Running, Status.Pending], [farm.Job(second).Status, farm.Job(first).Status]);
    }

    [Fact]
    public void Should_not_change_what_jobs_of_its_old_class_ask_for()
    {
        var first = farm.Submit("1-3", spec => spec with { Hosts = "w1" });
        var second = farm.Submit("1-3", spec => spec with { Hosts = "w1" });
        farm.Modify($"{first}", spec => spec with { Hosts = "w2" }, "hosts");
        var third = farm.Submit("1-3", spec => spec with { Hosts = "w1" });
        farm.AddWorker(2, "w1");
        Assert.Equal([Status.Pending, Status.Running, Status.Running], [farm.Job(first).Status, farm.Job(second).Status, farm.Job(third).Status]);
        farm.AddWorker(1, "w2");
        Assert.Equal(Status.Running, farm.Job(first).Status);
    }

    [Fact]
    public void Should_ask_hosts_again_for_a_requirement_that_speaks_of_the_job()
    {
        var job = farm.Submit("1-3", spec => spec with { Requirements = "job.priority < 100" });
        farm.AddWorker(1);
        Assert.Equal(Status.Pending, farm.Job(job).Status);
        farm.Modify($"{job}", spec => spec with { Priority = 50 }, "priority");
        Assert.Equal(Status.Running, farm.Job(job).Status);
    }

    [Fact]
    public void Should_leave_what_runs_where_it_is_and_as_it_was_started()
    {
        farm.AddWorker(4, "w1");
        farm.AddWorker(4, "w2");
        var job = farm.Submit("1-9", spec => spec with { Hosts = "w1" });
        farm.Modify($"{job}", spec => spec with { Hosts = "w2", Reservations = "host.processors=3", Processors = 3 }, "hosts", "reservations");
        var instance = farm.Job(job).InstanceList[0];
        Assert.Equal(("w1", 1), (instance.Worker!.Name, instance.Slots));
        farm.Act(Verb.Interrupt, $"{job}");
        farm.Workers.Values.First().Report();
        Assert.Equal(("w2", 3, Status.Running), (instance.Worker!.Name, instance.Slots, instance.Status));
        farm.Restart();
    }

    [Fact]
    public void Should_be_preempted_by_its_new_rank()
    {
        farm.AddWorker(1);
        var low = farm.Submit("1-9", spec => spec with { Priority = 100 });
        var high = farm.Submit("1-9", spec => spec with { Priority = 200 });
        farm.Modify($"{low}", spec => spec with { Priority = 300 }, "priority");
        farm.Workers.Values.First().Step();
        farm.Workers.Values.First().Step();
        farm.Workers.Values.First().Step();
        Assert.Equal([Status.Pending, Status.Running], [farm.Job(low).Status, farm.Job(high).Status]);
    }

    [Fact]
    public void Should_have_more_instances_at_once_and_retire_the_last_ones()
    {
        var worker = farm.AddWorker(4);
        var job = farm.Submit("1-400", spec => spec with { Cpus = 2 });
        farm.Modify($"{job}", spec => spec with { Cpus = 4 }, "cpus");
        Assert.Equal(4, farm.Job(job).CountInstances(Status.Running));
        farm.Restart();
        farm.Modify($"{job}", spec => spec with { Cpus = 1 }, "cpus");
        farm.Restart();
        for (var step = 0; step < 4; step++)
        {
            worker.Step();
        }

        worker.Report();
        Assert.All(farm.Job(job).InstanceList.Skip(1), instance => Assert.Equal(RunPhase.Idle, instance.Phase));

        Assert.Equal([Status.Running, Status.Complete, Status.Complete, Status.Complete], farm.Job(job).InstanceList.Select(instance => instance.Status));
        farm.Modify($"{job}", spec => spec with { Cpus = 3 }, "cpus");
        Assert.Equal([Status.Running, Status.Running, Status.Running, Status.Complete], farm.Job(job).InstanceList.Select(instance => instance.Status));
        Drain(worker);
        Assert.Equal(Status.Complete, farm.Job(job).Status);
        farm.Act(Verb.Retry, $"{job}");
        Assert.Equal(Status.Complete, farm.Job(job).InstanceList[3].Status);
    }

    [Fact]
    public void Should_want_no_more_instances_than_items()
    {
        var job = farm.Submit("1-3");
        farm.Modify($"{job}", spec => spec with { Cpus = 9 }, "cpus");
        Assert.Equal(3, farm.Job(job).InstanceList.Count);
        var many = farm.Submit("1-3", spec => spec with { Flags = ["disable_cpu_limit"] });
        farm.Modify($"{many}", spec => spec with { Cpus = 9 }, "cpus");
        Assert.Equal(9, farm.Job(many).InstanceList.Count);
    }

    [Fact]
    public void Should_say_what_was_and_what_is()
    {
        var job = farm.Submit("1-3", spec => spec with { Env = new Dictionary<string, string> { ["SECRET"] = "a" } });
        farm.Modify($"{job}", spec => spec with
        {
            Priority = 7, Notes = "two\nlines", Env = new Dictionary<string, string> { ["SECRET"] = "b" },
            Package = new Dictionary<string, string> { ["cmdline"] = "other" }, Tags = new Dictionary<string, string> { ["prod_show"] = "robo" },
        }, "priority", "notes", "env", "data", "prod_show");
        var row = farm.History[^1];
        Assert.Equal("modified: priority 9999 -> 7, notes '' -> 'two lines', env: SECRET, package.cmdline 'render QB_FRAME_NUMBER' -> other, prod_show '' -> robo", row.Comment);
        Assert.Equal(("root", "desk1"), (row.Who, row.From));
    }

    [Fact]
    public void Should_say_nothing_when_nothing_is_different()
    {
        var job = farm.Submit("1-3");
        var before = farm.History.Count;
        Assert.Equal([$"{job}"], farm.Modify($"{job}", spec => spec with { Priority = 9999 }, "priority").Affected);
        Assert.Equal(before, farm.History.Count);
    }

    [Fact]
    public void Should_run_callbacks_on_modified()
    {
        var job = farm.Submit("1-3", spec => spec with
        {
            Callbacks = [new CallbackSpec { Triggers = "modified-job-self", Language = CallbackLanguages.Qube, Code = "block-self" }],
        });
        farm.Modify($"{job}", spec => spec with { Notes = "x" }, "notes");
        Assert.Equal(Status.Blocked, farm.Job(job).Status);
    }

    [Fact]
    public void Should_pass_to_another_process_group()
    {
        var first = farm.Submit("1-3", spec => spec with { Label = "beauty" });
        var second = farm.Submit("1-3");
        var twin = farm.Submit("1-3", spec => spec with { Label = "beauty" });
        farm.Modify($"{second}", spec => spec with { Pgrp = first.Value }, "pgrp");
        Assert.Equal((first.Value, "qube0"), (farm.Job(second).Pgrp, farm.Job(second).Label));
        Assert.Contains("label 'beauty'", Assert.Single(farm.Modify($"{twin}", spec => spec with { Pgrp = first.Value }, "pgrp").Refused), StringComparison.Ordinal);
        Assert.Contains("no process group 77", Assert.Single(farm.Modify($"{second}", spec => spec with { Pgrp = 77, Priority = 3 }, "pgrp", "priority").Refused), StringComparison.Ordinal);
        Assert.Equal(9999, farm.Job(second).Spec.Priority);
        farm.Modify($"{second}", spec => spec with { Pgrp = second.Value }, "pgrp");
        Assert.Equal(second.Value, farm.Job(second).Pgrp);
        farm.Restart();
    }

    [Fact]
    public void Should_refuse_jobs_that_are_over_and_those_of_others()
    {
        var job = farm.Submit("1-3");
        var change = FarmHarness.Change(spec => spec with { Notes = "x" }, "notes");
        Assert.Contains("belongs to ann", Assert.Single(farm.Act(Verb.Modify, $"{job}", new Caller("bob", "", false), changes: change).Refused), StringComparison.Ordinal);
        farm.Act(Verb.Kill, $"{job}");
        Assert.Contains("requeue it, modify it", Assert.Single(farm.Act(Verb.Modify, $"{job}", changes: change).Refused), StringComparison.Ordinal);
    }

    private static void Drain(FakeWorker worker)
    {
        for (var step = 0; step < 500; step++)
        {
            worker.Step();
        }
    }
}
