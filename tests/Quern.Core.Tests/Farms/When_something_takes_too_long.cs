using Quern.Core.Actions;
using Quern.Core.Farms;
using Quern.Core.Jobs;
using Quern.Core.Triggers;

namespace Quern.Core.Tests.Farms;

public sealed class When_something_takes_too_long
{
    private readonly FarmHarness farm = new();

    private int Told(string text) => farm.History.Count(row => row.Comment.Contains(text, StringComparison.Ordinal));

    private static CallbackSpec On(string trigger, string code) => new() { Triggers = trigger, Code = code, Language = CallbackLanguages.Qube };

    [Fact]
    public void Should_raise_the_event_of_an_instance_once_a_run()
    {
        var worker = farm.AddWorker(1);
        var job = farm.Submit("", spec => spec with { TimeoutSeconds = 60, Callbacks = [On("timeout-subjob-self-*", "fail-subjob-self")] });
        worker.Report();
        farm.Advance(59_999);
        Assert.Equal(Status.Running, farm.Job(job).Status);
        farm.Advance(1);
        Assert.Equal(Status.Failed, farm.Job(job).Status);
        Assert.Equal(1, farm.Job(job).Callbacks[0].Count);
    }

    [Fact]
    public void Should_raise_the_event_of_each_item_that_does()
    {
        var worker = farm.AddWorker(1);
        var job = farm.Submit("1-2", spec => spec with { ItemTimeoutSeconds = 10, Callbacks = [On("timeout-work-self-*", "fail-work-self")] });
        worker.Step();
        farm.Advance(9_000);
        worker.Step();
        worker.Step();
        farm.Advance(9_999);
        Assert.Equal(0, farm.Job(job).Callbacks[0].Count);
        farm.Advance(1);
        Assert.Equal(1, farm.Job(job).Callbacks[0].Count);
        Assert.Equal([ItemState.Complete, ItemState.Failed], [farm.Job(job).Items![0].State, farm.Job(job).Items![1].State]);
        Assert.Equal(1, Told("runs longer than its timeout of 10 s"));
    }

    [Fact]
    public void Should_not_count_the_time_it_stood_still()
    {
        var worker = farm.AddWorker(1);
        var job = farm.Submit("1-2", spec => spec with { TimeoutSeconds = 60, ItemTimeoutSeconds = 60 });
        worker.Step();
        farm.Advance(50_000);
        farm.Act(Verb.Suspend, $"{job}");
        farm.Advance(500_000);
        farm.Act(Verb.Resume, $"{job}");
        farm.Advance(9_000);
        Assert.Equal(0, Told("runs longer"));
        farm.Advance(1_000);
        Assert.Equal(2, Told("runs longer"));
    }

    [Fact]
    public void Should_go_on_counting_after_a_restart_and_say_nothing_twice()
    {
        var worker = farm.AddWorker(1);
        var job = farm.Submit("1-2", spec => spec with { TimeoutSeconds = 60 });
        worker.Step();
        farm.Advance(30_000);
        farm.Restart();
        farm.Advance(29_000);
        Assert.Equal(0, Told("runs longer"));
        farm.Advance(1_000);
        Assert.Equal(1, Told("runs longer"));
        farm.Restart();
        farm.Advance(100_000);
        Assert.Equal(1, Told("runs longer"));
        Assert.Equal(Status.Running, farm.Job(job).Status);
    }

    [Fact]
    public void Should_heed_a_timeout_that_was_modified()
    {
        var worker = farm.AddWorker(1);
        var job = farm.Submit();
        worker.Report();
        farm.Advance(100_000);
        farm.Modify($"{job}", spec => spec with { TimeoutSeconds = 60 }, "timeout");
        Assert.Equal(1, Told("runs longer than its timeout of 60 s"));
    }

    [Fact]
    public void Should_raise_it_as_well_where_a_time_limit_ends_what_runs()
    {
        var worker = farm.AddWorker(1);
        var job = farm.Submit("1-2", spec => spec with { ItemTimeLimitSeconds = 5, Callbacks = [On("timeout-work-self-1", "block-self")] });
        worker.Step();
        worker.Run(job).EndItem(ItemEnd.TimedOut, 0, farm.Now.Unix);
        worker.Report();
        Assert.Equal(Status.Blocked, farm.Job(job).Status);
    }
}
