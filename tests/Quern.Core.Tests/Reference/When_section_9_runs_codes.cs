using Quern.Core.Actions;
using Quern.Core.Farms;
using Quern.Core.Jobs;
using Quern.Core.Tests.Farms;
using Quern.Core.Triggers;

namespace Quern.Core.Tests.Reference;

/// <summary>Every code of language <c>qube</c>, with what becomes of job, instance or item. Source: reference, qube-jobs 9.3.</summary>
public sealed class When_section_9_runs_codes
{
    private readonly FarmHarness farm = new();

    private static CallbackSpec On(string triggers, string code) => new() { Triggers = triggers, Code = code, Language = CallbackLanguages.Qube };

    /// <summary>A job of three items and two instances, of which one runs, with a callback on an event that is fired by hand.</summary>
    private Job Made(string trigger, string code)
    {
        var worker = farm.AddWorker(2);
        var job = farm.Submit("1-3", spec => spec with { Cpus = 2, Callbacks = [On(trigger, code)] });
        worker.Step();
        return farm.Job(job);
    }

    private void Fire(Job job)
    {
        Assert.Equal(1, farm.Farm.FireEvent("go", job.Id, FarmHarness.Ann, farm.Now));
        farm.Settle();
        farm.Workers.Values.Single().Report();
    }

    [Theory]
    [InlineData("block-self", Status.Blocked)]
    [InlineData("fail-self", Status.Failed)]
    [InlineData("kill-self", Status.Killed)]
    [InlineData("suspend-self", Status.Suspended)]
    [InlineData("block-subjob-self", Status.Blocked)]
    [InlineData("fail-subjob-self", Status.Failed)]
    [InlineData("kill-subjob-self", Status.Killed)]
    [InlineData("suspend-subjob-self", Status.Suspended)]
    public void Should_bring_job_and_instances_into_that_state(string code, Status expected)
    {
        var job = Made("go-job-self", code);
        Assert.Equal(Status.Running, job.Status);
        Fire(job);
        Assert.Equal(expected, job.InstanceList[0].Status);
        Assert.Equal(code.Contains("subjob", StringComparison.Ordinal) && expected is Status.Failed or Status.Killed ? job.Status : expected, job.Status);
        Assert.Contains(farm.History, row => row.Job == job.Id.Value && row.Who == "ann" && row.From == $"callback {job.Id}/0");
    }

    /// <summary>It starts anew: at once, at once elsewhere, or after its current item.</summary>
    [Theory]
    [InlineData("interrupt-self", 2, ItemState.Running)]
    [InlineData("interrupt-subjob-self", 2, ItemState.Running)]
    [InlineData("migrate-self", 1, ItemState.Pending)]
    [InlineData("migrate-subjob-self", 1, ItemState.Pending)]
    [InlineData("preempt-self", 1, ItemState.Running)]
    [InlineData("preempt-subjob-self", 1, ItemState.Running)]
    public void Should_take_instances_off_their_host(string code, int runs, ItemState item)
    {
        var job = Made("go-job-self", code);
        Fire(job);
        Assert.Equal(runs, job.InstanceList[0].Run);
        if (code.StartsWith("interrupt", StringComparison.Ordinal))
        {
            farm.Workers.Values.Single().Step();
        }

        Assert.Equal(item, job.Items![0].State);
        if (code.StartsWith("migrate", StringComparison.Ordinal))
        {
            var other = farm.AddWorker(2, "other");
            Assert.True(other.Has(job.Id));
        }
        else if (code.StartsWith("preempt", StringComparison.Ordinal))
        {
            farm.Workers.Values.Single().Step();
            farm.Workers.Values.Single().Step();
            Assert.Equal((ItemState.Complete, 2), (job.Items![0].State, job.InstanceList[0].Run));
        }
    }

    [Theory]
    [InlineData("unblock-self")]
    [InlineData("unblock-subjob-self")]
    public void Should_let_what_is_blocked_go_on(string code)
    {
        var job = Made("go-job-self", code);
        farm.Act(Verb.Block, $"{job.Id}", instancesOnly: code.Contains("subjob", StringComparison.Ordinal));
        farm.Workers.Values.Single().Report();
        Assert.Equal(Status.Blocked, job.Status);
        Fire(job);
        Assert.Equal([Status.Running, Status.Running], job.InstanceList.Select(instance => instance.Status));
    }

    /// <summary>One instance more with each event: a job that grows as it earns it.</summary>
    [Fact]
    public void Should_unblock_a_single_instance()
    {
        var job = Made("go-job-self", "unblock-subjob-self-single");
        farm.Act(Verb.Block, $"{job.Id}", instancesOnly: true);
        farm.Workers.Values.Single().Report();
        Fire(job);
        Assert.Equal([Status.Running, Status.Blocked], job.InstanceList.Select(instance => instance.Status));
        Fire(job);
        Assert.Equal([Status.Running, Status.Running], job.InstanceList.Select(instance => instance.Status));
    }

    [Theory]
    [InlineData("resume-self")]
    [InlineData("resume-subjob-self")]
    public void Should_let_what_stands_still_go_on(string code)
    {
        var job = Made("go-job-self", code);
        farm.Act(Verb.Suspend, $"{job.Id}");
        Fire(job);
        Assert.Equal(Status.Running, job.Status);
        Assert.All(farm.Workers.Values.Single().Runs, run => Assert.False(run.IsSuspended));
    }

    /// <summary>Of an item: the one that fired.</summary>
    [Theory]
    [InlineData("block-work-self", "running", ItemState.Blocked)]
    [InlineData("kill-work-self", "running", ItemState.Killed)]
    [InlineData("complete-work-self", "running", ItemState.Complete)]
    [InlineData("fail-work-self", "running", ItemState.Failed)]
    [InlineData("unblock-work-self", "blocked", ItemState.Pending)]
    [InlineData("retry-work-self", "killed", ItemState.Pending)]
    [InlineData("requeue-work-self", "killed", ItemState.Blocked)]
    public void Should_act_on_the_item_that_fired(string code, string when, ItemState expected)
    {
        var job = farm.Job(farm.Submit("1-3", spec => spec with { Callbacks = [On($"{when}-work-self-*", code)] }));
        if (when == "running")
        {
            var worker = farm.AddWorker(1);
            worker.Step();
            worker.Report();
            Assert.Equal(expected, job.Items![0].State);
            return;
        }

        farm.Act(when == "killed" ? Verb.Kill : Verb.Block, $"{job.Id}:2");
        Assert.Equal([ItemState.Pending, expected, ItemState.Pending], Enumerable.Range(0, 3).Select(item => job.Items![item].State));
        Assert.Equal(1, job.Callbacks[0].Count);
    }

    /// <summary>An event of one's own, about the item or instance that the callback names.</summary>
    [Theory]
    [InlineData("go-work-self-2", "fail-work-self")]
    [InlineData("go-subjob-self-1", "fail-subjob-self")]
    public void Should_act_on_what_an_event_of_ones_own_names(string trigger, string code)
    {
        var job = farm.Job(farm.Submit("1-3", spec => spec with { Cpus = 2, Callbacks = [On(trigger, code)] }));
        Assert.Equal(1, farm.Farm.FireEvent("go", job.Id, FarmHarness.Ann, farm.Now));
        farm.Settle();
        Assert.Equal(trigger.Contains("work", StringComparison.Ordinal) ? (1, 0) : (0, 1), (job.Items!.CountOf(ItemState.Failed), job.CountInstances(Status.Failed)));
    }

    [Theory]
    [InlineData("mail-status", "job", "ann")]
    [InlineData("mail-subjob-status", "subjob", "ann")]
    [InlineData("mail-license-status", "license", "")]
    [InlineData("mail-report-status", "job", "ann")]
    public void Should_send_a_mail_to_the_owner_or_about_licences_to_the_administrator(string code, string content, string to)
    {
        Fire(Made("go-job-self", code));
        Assert.Equal((content, to), (Assert.Single(farm.Mails).Content, farm.Mails[0].To));
    }

    [Fact]
    public void Should_have_a_test_of_each_code()
    {
        var tested = typeof(When_section_9_runs_codes).GetMethods().SelectMany(method => method.GetCustomAttributes(typeof(InlineDataAttribute), false)).Cast<InlineDataAttribute>().Select(row => (string)row.Data[0]!);
        Assert.Empty(QubeCode.Words.Except(tested).Except(["unblock-subjob-self-single"]));
    }
}
