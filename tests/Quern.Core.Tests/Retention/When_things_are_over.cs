using Quern.Core.Actions;
using Quern.Core.Farms;
using Quern.Core.Jobs;
using Quern.Core.Retention;
using Quern.Core.Tests.Farms;

namespace Quern.Core.Tests.Retention;

public sealed class When_things_are_over
{
    private const long Day = RetentionRules.DayMs;
    private const long Now = 1000 * Day;
    private readonly FarmHarness farm = new();

    [Fact]
    public void Should_keep_everything_without_a_rule()
    {
        Assert.Empty(RetentionPlan.Jobs(new RetentionRules(), [Ended(1, 900, 5)], Now));
        Assert.Empty(RetentionPlan.Outputs(new RetentionRules(), [Ended(1, 900, 5)], long.MaxValue, Now));
    }

    [Theory]
    [InlineData(30, 0, "1,2,3")]
    [InlineData(0, 1, "1,2,3")]
    [InlineData(0, 4, "")]
    [InlineData(35, 3, "1")]
    [InlineData(30, 1, "1,2,3")]
    [InlineData(1, 0, "1,2,3,4")]
    public void Should_let_go_first_what_ended_first(int days, int count, string expected)
    {
        var going = RetentionPlan.Jobs(new RetentionRules { JobDays = days, JobCount = count }, [Ended(4, 2), Ended(2, 31), Ended(1, 40), Ended(3, 30)], Now);
        Assert.Equal(expected, string.Join(',', going.Select(one => one.Job.Id)));
    }

    [Fact]
    public void Should_say_by_which_rule_each_goes()
    {
        var going = RetentionPlan.Jobs(new RetentionRules { JobDays = 30, JobCount = 1 }, [Ended(1, 40), Ended(2, 3), Ended(3, 2)], Now);
        Assert.Equal(["it ended more than 30 days ago (supervisor_keep_job_days)", "there are more than 1 finished jobs (supervisor_keep_job_count)"], going.Select(one => one.Reason));
    }

    [Theory]
    [InlineData(0, 100, 100, "")]
    [InlineData(0, 100, 101, "1")]
    [InlineData(0, 100, 131, "1,3")]
    [InlineData(20, 0, 0, "1,3")]
    [InlineData(0, 10, 1000, "1,3,4")]
    public void Should_let_output_go_until_the_rest_fits(int days, long bytes, long all, string expected)
    {
        var going = RetentionPlan.Outputs(new RetentionRules { OutputDays = days, OutputBytes = bytes }, [Ended(1, 40, 30), Ended(2, 30), Ended(3, 25, 20), Ended(4, 2, 9)], all, Now);
        Assert.Equal(expected, string.Join(',', going.Select(one => one.Job.Id)));
    }

    [Fact]
    public void Should_keep_what_runs_and_what_somebody_waits_for()
    {
        var first = farm.Submit("1");
        var second = farm.Submit("1", spec => spec with { Dependency = $"link-complete-job-{first}" });
        Assert.False(Farm.MayForget(farm.Job(first)));
        Assert.False(farm.Farm.ExpireJob(first, "too old", farm.Now));

        farm.Act(Verb.Kill, $"{first}");
        Assert.False(Farm.MayForget(farm.Job(first)));
        farm.Act(Verb.Kill, $"{second}");
        Assert.True(farm.Farm.ExpireJob(first, "too old", farm.Now));
        farm.Settle();

        Assert.Null(farm.Farm.FindJob(first));
        Assert.Contains(farm.History, row => row is { Comment: "removed: too old", Who: "__QUBE_SYSTEM__" });
        Assert.False(farm.Farm.ExpireJob(first, "too old", farm.Now));
    }

    [Fact]
    public void Should_remember_that_output_went_and_not_let_it_go_twice()
    {
        var job = farm.Submit("1");
        Assert.False(farm.Farm.ExpireOutput(job, "too much", farm.Now));
        farm.Act(Verb.Kill, $"{job}");
        farm.Advance(1000);
        Assert.True(farm.Farm.ExpireOutput(job, "too much", farm.Now));
        Assert.Equal([job], farm.Farm.Take(farm.Now).ForgottenOutput);
        Assert.False(farm.Farm.ExpireOutput(job, "too much", farm.Now));
    }

    [Fact]
    public void Should_know_after_a_restart_that_output_went()
    {
        var job = farm.Submit("1");
        farm.Act(Verb.Kill, $"{job}");
        farm.Advance(1000);
        farm.Farm.ExpireOutput(job, "too much", farm.Now);
        farm.Settle();
        farm.Restart();
        Assert.Equal(farm.Now.Unix, farm.Job(job).OutputGoneMs);
    }

    [Fact]
    public void Should_know_a_submission_again_until_its_id_is_forgotten()
    {
        var first = farm.SubmitAll([FarmHarness.Spec("1")], "same").Ids[0];
        farm.Advance(1000);
        farm.SubmitAll([FarmHarness.Spec("1")], "later");
        Assert.Equal(1, farm.Farm.CountRequests(farm.Now.Unix));
        Assert.Equal(1, farm.Farm.ExpireRequests(farm.Now.Unix, 10));
        farm.Settle();
        farm.Restart();

        Assert.NotEqual(first, farm.SubmitAll([FarmHarness.Spec("1")], "same").Ids[0]);
        Assert.True(farm.SubmitAll([FarmHarness.Spec("1")], "later").IsRepeated);
    }

    [Fact]
    public void Should_forget_no_more_at_once_than_is_asked_for()
    {
        for (var at = 0; at < 5; at++)
        {
            farm.Submit("1");
        }

        farm.Advance(1000);
        Assert.Equal(3, farm.Farm.ExpireRequests(farm.Now.Unix, 3));
        Assert.Equal(2, farm.Farm.ExpireRequests(farm.Now.Unix, 3));
        Assert.Equal(0, farm.Farm.ExpireRequests(farm.Now.Unix, 3));
    }

    /// <param name="days">Ago.</param>
    private static FinishedJob Ended(long id, int days, long bytes = 0) => new(new JobId(id), Now - (days * Day) - 1, bytes);
}
