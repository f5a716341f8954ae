using Quern.Core.Actions;
using Quern.Core.Farms;
using Quern.Core.Jobs;

namespace Quern.Core.Tests.Farms;

public sealed class When_jobs_depend
{
    private readonly FarmHarness farm = new();

    private void Run(FakeWorker worker, int steps = 60, int exitCode = 0)
    {
        for (var step = 0; step < steps; step++)
        {
            worker.Step(exitCode);
        }
    }

    private static Func<JobSpec, JobSpec> On(string dependency) => spec => spec with { Dependency = dependency };

    [Theory]
    [InlineData("{0}", 0, Status.Complete)]
    [InlineData("link-complete-job-{0}", 0, Status.Complete)]
    [InlineData("link-complete-job-{0}", 1, Status.Blocked)]
    [InlineData("link-done-job-{0}", 1, Status.Complete)]
    [InlineData("link-failed-job-{0}", 1, Status.Complete)]
    [InlineData("link-failed-job-{0}||link-complete-job-{0}", 0, Status.Complete)]
    [InlineData("link-failed-job-{0}&&link-done-job-{0}", 0, Status.Blocked)]
    public void A_job_starts_when_its_dependency_comes_true(string text, int exitCode, Status expected)
    {
        var worker = farm.AddWorker(1);
        var first = farm.Submit();
        var second = farm.Submit("", On(string.Format(null, text, first)));
        Assert.Equal(Status.Blocked, farm.Job(second).Status);
        worker.Step(exitCode);
        Run(worker);
        Assert.Equal(expected, farm.Job(second).Status);
        var late = farm.Submit("", On(string.Format(null, text, first)));
        Run(worker);
        Assert.Equal(expected, farm.Job(late).Status);
    }

    [Fact]
    public void Items_follow_items_one_by_one()
    {
        var worker = farm.AddWorker(2);
        var first = farm.Submit("1-3");
        var second = farm.Submit("1-3", On($"link-complete-work-{first}"));
        Assert.Equal(3, farm.Job(second).Items!.CountOf(ItemState.Blocked));
        worker.Step();
        worker.Step();
        Assert.True(worker.Has(second));
        Assert.Equal(2, farm.Job(second).Items!.CountOf(ItemState.Blocked));
        Run(worker);
        Assert.Equal(Status.Complete, farm.Job(second).Status);
        var late = farm.Submit("1-3", On($"link-complete-work-{first},link-complete-work-{second}"));
        Run(worker);
        Assert.Equal(Status.Complete, farm.Job(late).Status);
    }

    [Fact]
    public void Labels_join_jobs_of_one_submission()
    {
        var worker = farm.AddWorker(1);
        var result = farm.SubmitAll([FarmHarness.Spec("", s => s with { Label = "render-a" }), FarmHarness.Spec("", On("complete-job-render-a"))]);
        Assert.Equal(result.Ids[0].Value, result.Pgrp);
        Run(worker);
        Assert.Equal(Status.Complete, farm.Job(result.Ids[1]).Status);
    }

    [Fact]
    public void Nonsense_is_refused_and_makes_nothing()
    {
        string Refusal(params JobSpec[] specs) => farm.SubmitAll(specs).Refusal!;
        Assert.Contains("no such job", Refusal(FarmHarness.Spec("", On("999"))), StringComparison.Ordinal);
        Assert.Contains("no job or label 'x'", Refusal(FarmHarness.Spec("", On("link-complete-job-x"))), StringComparison.Ordinal);
        Assert.Contains("not of the form", Refusal(FarmHarness.Spec("", On("link-completejobA"))), StringComparison.Ordinal);
        Assert.Contains("round in a circle", Refusal(FarmHarness.Spec("", s => s with { Label = "a", Dependency = "complete-job-b" }), FarmHarness.Spec("", s => s with { Label = "b", Dependency = "complete-job-a" })), StringComparison.Ordinal);
        Assert.Contains("used twice", Refusal(FarmHarness.Spec("", s => s with { Label = "a" }), FarmHarness.Spec("", s => s with { Label = "a" })), StringComparison.Ordinal);
        Assert.Empty(farm.Farm.Jobs);
        Assert.Equal(1, farm.Submit().Value);
    }

    [Fact]
    public void A_job_that_was_requeued_stays_held_over_a_restart()
    {
        var worker = farm.AddWorker(1);
        var first = farm.Submit("1-2");
        var second = farm.Submit("1-2", On($"link-complete-work-{first}"));
        Run(worker);
        farm.Act(Verb.Requeue, $"{second}");
        Assert.Equal(2, farm.Job(second).Items!.CountOf(ItemState.Blocked));
        farm.Restart();
        Assert.Equal(2, farm.Job(second).Items!.CountOf(ItemState.Blocked));
        farm.Act(Verb.Unblock, $"{second}");
        Run(worker);
        Assert.Equal(Status.Complete, farm.Job(second).Status);
    }

    [Fact]
    public void A_removed_job_is_named_and_unblock_helps()
    {
        var worker = farm.AddWorker(1);
        var first = farm.Submit();
        var second = farm.Submit("", On($"{first}"));
        farm.Act(Verb.Kill, $"{first}");
        worker.Report();
        farm.Act(Verb.Remove, $"{first}");
        Assert.Contains("which was removed", farm.Farm.ReasonOf(farm.Job(second)), StringComparison.Ordinal);
        farm.Act(Verb.Unblock, $"{second}");
        Run(worker);
        Assert.Equal(Status.Complete, farm.Job(second).Status);
    }
}
