using Quern.Core.Actions;
using Quern.Core.Jobs;
using Quern.Core.Tests.Actions;
using Quern.Core.Tests.Farms;

namespace Quern.Core.Tests.Reference;

/// <summary>
/// The numbers of the states, what a job is by its parts, and the notes on actions. Which verb leaves which state is walked in <see cref="When_every_verb_meets_every_state"/>.
/// Source: reference, qube-jobs 4.
/// </summary>
public sealed class When_section_4_moves_states
{
    private readonly FarmHarness farm = new();

    [Theory]
    [InlineData("complete", 16, 0x10)]
    [InlineData("failed", 32, 0x20)]
    [InlineData("killed", 48, 0x30)]
    [InlineData("dying", 261, 0x105)]
    [InlineData("exiting", 262, 0x106)]
    [InlineData("registering", 265, 0x109)]
    [InlineData("blocked", 272, 0x110)]
    [InlineData("waiting", 288, 0x120)]
    [InlineData("suspended", 304, 0x130)]
    [InlineData("pending", 320, 0x140)]
    [InlineData("badlogin", 325, 0x145)]
    [InlineData("running", 336, 0x150)]
    public void Should_have_the_documented_number(string word, int number, int hexadecimal)
    {
        var status = Statuses.FromWord(word)!.Value;
        Assert.Equal((number, hexadecimal, word), ((int)status, (int)status, status.Word()));

        // Bit 0x100 is active; without it the state is terminal.
        Assert.Equal(word is "complete" or "failed" or "killed", status.IsDone());
    }

    /// <summary>4.2: the job by what its items have become, with one instance that has done what it could.</summary>
    [Theory]
    [InlineData("complete complete", Status.Complete)]
    [InlineData("complete failed", Status.Failed)]
    [InlineData("complete killed", Status.Killed)]
    [InlineData("killed failed", Status.Failed)]
    [InlineData("complete blocked", Status.Blocked)]
    [InlineData("failed blocked", Status.Blocked)]
    [InlineData("failed pending", Status.Pending)]
    [InlineData("blocked pending", Status.Pending)]
    [InlineData("blocked running", Status.Running)]
    [InlineData("failed running", Status.Running)]
    public void Should_be_what_its_items_make_it(string items, Status expected)
    {
        var job = farm.Submit("1-2");
        var words = items.Split(' ');
        for (var at = 0; at < 2; at++)
        {
            Verb? verb = words[at] switch { "complete" => Verb.Retire, "failed" => Verb.Fail, "killed" => Verb.Kill, "blocked" => Verb.Block, _ => null };
            if (verb is { } acts)
            {
                farm.Act(acts, $"{job}:{at + 1}");
            }
        }

        if (words.Contains("running"))
        {
            farm.AddWorker(1).Step();
        }

        Assert.Equal(expected, farm.Job(job).Status);
    }

    [Fact]
    public void Should_let_an_interrupted_instance_start_again_on_the_same_host_and_bar_it_to_a_migrated_one()
    {
        var worker = farm.AddWorker(1, "w1");
        var job = farm.Submit("1-9");
        farm.Act(Verb.Interrupt, $"{job}");
        worker.Report();
        Assert.True(worker.Has(job));

        farm.Act(Verb.Migrate, $"{job}");
        worker.Report();
        farm.Advance(1_199_000);
        Assert.False(worker.Has(job));
        farm.Advance(1_001);
        Assert.True(worker.Has(job));
    }

    [Fact]
    public void Should_preempt_after_the_current_item_where_there_is_an_agenda_and_at_once_where_there_is_none()
    {
        var worker = farm.AddWorker(2);
        var items = farm.Submit("1-9");
        var plain = farm.Submit();
        worker.StepRun(worker.Run(items), 0);
        worker.Report();
        farm.Act(Verb.Preempt, $"{items}");
        farm.Act(Verb.Preempt, $"{plain}");
        Assert.Equal((ItemState.Running, 1), (farm.Job(items).Items![0].State, farm.Job(items).InstanceList[0].Run));
        worker.Report();
        Assert.Equal(2, farm.Job(plain).InstanceList[0].Run);
        worker.Step();
        Assert.Equal(ItemState.Complete, farm.Job(items).Items![0].State);
    }

    /// <summary>"Shrink": an instance finishes its item and completes, others do the rest.</summary>
    [Fact]
    public void Should_retire_an_instance_while_items_remain()
    {
        var worker = farm.AddWorker(2);
        var job = farm.Submit("1-9", spec => spec with { Cpus = 2 });
        worker.Step();
        farm.Act(Verb.Retire, $"{job}.1");
        for (var step = 0; step < 40; step++)
        {
            worker.Step();
        }

        Assert.Equal((Status.Complete, Status.Complete, 9), (farm.Job(job).Status, farm.Job(job).InstanceList[1].Status, farm.Job(job).Items!.CountOf(ItemState.Complete)));
        Assert.Single(Enumerable.Range(0, 9), item => farm.Job(job).Items![item].Sub == 1);
    }

    /// <summary>As retry, but held, so that it can be modified first.</summary>
    [Fact]
    public void Should_requeue_under_the_same_id_modify_and_run_when_it_is_unblocked()
    {
        var worker = farm.AddWorker(1);
        var job = farm.Submit("1-2");
        farm.Act(Verb.Kill, $"{job}");
        worker.Report();
        farm.Act(Verb.Requeue, $"{job}");
        Assert.Equal(Status.Blocked, farm.Job(job).Status);
        Assert.Empty(farm.Modify($"{job}", spec => spec with { Priority = 5 }, "priority").Refused);
        Assert.False(worker.Has(job));
        farm.Act(Verb.Unblock, $"{job}");
        for (var step = 0; step < 10; step++)
        {
            worker.Step();
        }

        Assert.Equal((Status.Complete, 5), (farm.Job(job).Status, farm.Job(job).Spec.Priority));
    }

    [Fact]
    public void Should_leave_what_is_done_alone_when_a_job_is_unblocked()
    {
        var job = farm.Submit("1-3", spec => spec with { StartsBlocked = true });
        farm.Act(Verb.Retire, $"{job}:1");
        farm.Act(Verb.Fail, $"{job}:2");
        farm.Act(Verb.Unblock, $"{job}");
        Assert.Equal([ItemState.Complete, ItemState.Failed, ItemState.Pending], Enumerable.Range(0, 3).Select(item => farm.Job(job).Items![item].State));
    }

    /// <summary>Removal is for jobs that are over; administrators remove any.</summary>
    [Theory]
    [InlineData(Status.Pending)]
    [InlineData(Status.Running)]
    [InlineData(Status.Blocked)]
    [InlineData(Status.Suspended)]
    [InlineData(Status.BadLogin)]
    public void Should_remove_an_active_job_for_administrators_only(Status state)
    {
        var made = ActedOn.InState(state);
        Assert.Contains("kill it first, or ask an administrator", Assert.Single(made.Farm.Act(Verb.Remove, $"{made.Job}").Refused), StringComparison.Ordinal);
        Assert.True(made.IsThere);
        Assert.Equal([$"{made.Job}"], made.Farm.Act(Verb.Remove, $"{made.Job}", FarmHarness.Root).Affected);
        Assert.False(made.IsThere);
        Assert.Equal(0, made.Farm.Farm.FindWorker(made.Worker.Id)!.SlotsUsed);
        made.Farm.Restart();
    }

    /// <summary>A blocked item of a job that runs is legal, and what the others leave is a job that is blocked.</summary>
    [Fact]
    public void Should_hold_one_item_while_the_job_runs()
    {
        var worker = farm.AddWorker(1);
        var job = farm.Submit("1-3");
        farm.Act(Verb.Block, $"{job}:2");
        worker.Step();
        Assert.Equal(Status.Running, farm.Job(job).Status);
        for (var step = 0; step < 10; step++)
        {
            worker.Step();
        }

        Assert.Equal((Status.Blocked, 2), (farm.Job(job).Status, farm.Job(job).Items!.CountOf(ItemState.Complete)));
        farm.Act(Verb.Unblock, $"{job}:2");
        for (var step = 0; step < 10; step++)
        {
            worker.Step();
        }

        Assert.Equal(Status.Complete, farm.Job(job).Status);
    }

    [Fact]
    public void Should_reorder_inside_one_priority_only()
    {
        var first = farm.Submit("", spec => spec with { Priority = 10 });
        var second = farm.Submit("", spec => spec with { Priority = 10 });
        var other = farm.Submit("", spec => spec with { Priority = 20 });
        farm.Act(Verb.Top, $"{other}", FarmHarness.Root);
        farm.Act(Verb.Bottom, $"{first}", FarmHarness.Root);
        var worker = farm.AddWorker(1);
        farm.Act(Verb.Kill, $"{farm.Farm.Jobs.First(job => job.Status == Status.Running).Id}");
        worker.Report();
        Assert.Equal([Status.Killed, Status.Running, Status.Pending], [farm.Job(second).Status, farm.Job(first).Status, farm.Job(other).Status]);
    }
}
