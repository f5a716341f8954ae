using Quern.Core.Farms;
using Quern.Core.Retention;
using Quern.Store;
using Quern.Supervisor.Retention;
using Quern.Supervisor.Trust;

namespace Quern.Supervisor.Tests.Retention;

public sealed class When_the_past_is_swept
{
    [Fact]
    public async Task Should_remove_jobs_by_age_with_their_output_and_keep_their_history()
    {
        await using var farm = new RetentionHarness { Rules = new RetentionRules { JobDays = 7 } };
        var old = await farm.EndedAsync(100);
        farm.Pass(5);
        var young = await farm.EndedAsync(100);
        farm.Pass(3);
        var done = await farm.SweepAsync();

        Assert.Equal([old], done.Jobs.Select(one => one.Job.Id.Value));
        Assert.Equal([young], await farm.JobsAsync());
        Assert.Equal((false, true), (await farm.HasOutputAsync(old), await farm.HasOutputAsync(young)));
        Assert.Contains(farm.Store.Events(old, 0, 100), row => row.Comment == "removed: it ended more than 7 days ago (supervisor_keep_job_days)");
        Assert.Empty((await farm.SweepAsync()).Jobs);
    }

    [Fact]
    public async Task Should_remove_more_jobs_than_one_turn_takes()
    {
        await using var farm = new RetentionHarness { Rules = new RetentionRules { JobCount = 3 } };
        var jobs = new List<long>();
        for (var at = 0; at < (2 * RetentionSweeper.JobsInOneTurn) + 5; at++)
        {
            jobs.Add(await farm.EndedAsync());
            farm.Pass(0.01);
        }

        Assert.Equal(jobs.Count - 3, (await farm.SweepAsync()).Jobs.Count);
        Assert.Equal(jobs[^3..], await farm.JobsAsync());
    }

    [Fact]
    public async Task Should_leave_a_job_that_another_waits_for()
    {
        await using var farm = new RetentionHarness { Rules = new RetentionRules { JobDays = 1 } };
        var first = await farm.SubmitAsync();
        var second = await farm.SubmitAsync($"link-complete-job-{first}");
        await farm.KillAsync(first);
        farm.Pass(2);
        Assert.Empty((await farm.SweepAsync()).Jobs);

        await farm.KillAsync(second);
        Assert.Equal([first], (await farm.SweepAsync()).Jobs.Select(one => one.Job.Id.Value));
    }

    [Fact]
    public async Task Should_remove_output_by_size_and_keep_the_jobs()
    {
        await using var farm = new RetentionHarness { Rules = new RetentionRules { OutputBytes = 250 } };
        var jobs = new List<long>();
        for (var at = 0; at < 4; at++)
        {
            jobs.Add(await farm.EndedAsync(100));
            farm.Pass(1);
        }

        Assert.Equal(jobs[..2], (await farm.SweepAsync()).Outputs.Select(one => one.Job.Id.Value));
        Assert.Equal(jobs, await farm.JobsAsync());
        for (var at = 0; at < 4; at++)
        {
            Assert.Equal(at >= 2, await farm.HasOutputAsync(jobs[at]));
        }

        Assert.Contains(farm.Store.Events(jobs[0], 0, 100), row => row.Comment == "output removed: there are more than 0 MB of output (supervisor_keep_output_mb)");
        Assert.Empty((await farm.SweepAsync()).Outputs);
    }

    [Fact]
    public async Task Should_remove_history_by_age()
    {
        await using var farm = new RetentionHarness { Rules = new RetentionRules { EventDays = 10 } };
        var old = await farm.EndedAsync();
        farm.Pass(8);
        var young = await farm.EndedAsync();
        farm.Pass(4);
        var done = await farm.SweepAsync();

        Assert.Equal("it is older than 10 days (supervisor_keep_event_days)", done.EventReason);
        Assert.Empty(farm.Store.Events(old, 0, 100));
        Assert.NotEmpty(farm.Store.Events(young, 0, 100));
        Assert.Equal(0, (await farm.SweepAsync()).Events);
    }

    [Fact]
    public async Task Should_remove_more_history_than_one_commit_takes_and_number_on()
    {
        await using var farm = new RetentionHarness { Rules = new RetentionRules { EventCount = 100 } };
        for (var at = 0; at < 3; at++)
        {
            await farm.AskAsync((core, now) =>
            {
                for (var line = 0; line < RetentionSweeper.EventsInOneTurn; line++)
                {
                    core.RecordFor(Core.EventComponent.Admin, Core.Farms.Caller.Farm, $"line {line}", now);
                }

                return 0;
            });
        }

        var done = await farm.SweepAsync();
        Assert.Equal((3L * RetentionSweeper.EventsInOneTurn) - 100, done.Events);
        var span = farm.Store.Span(0);
        Assert.Equal((100, 3L * RetentionSweeper.EventsInOneTurn), (span.Last - span.First + 1, span.Last));
        await farm.SubmitAsync();
        Assert.Equal(span.Last + 1, farm.Store.Span(0).Last);
    }

    [Fact]
    public async Task Should_forget_ids_of_submissions_after_a_week()
    {
        await using var farm = new RetentionHarness();
        var first = await farm.SubmitAsync(request: "same");
        farm.Pass(6);
        Assert.Equal(0, (await farm.SweepAsync()).Requests);
        Assert.Equal(first, await farm.SubmitAsync(request: "same"));
        farm.Pass(1.1);
        Assert.Equal(1, (await farm.SweepAsync()).Requests);
        Assert.Empty(farm.Store.Load().Requests);
    }

    [Fact]
    public async Task Should_forget_tokens_of_workers_a_week_after_their_end()
    {
        await using var farm = new RetentionHarness();
        await farm.AskAsync((core, now) => JoinTokens.Allow(core, "secret", Caller.Farm, now));
        farm.Pass(7.9);
        await farm.SweepAsync();
        Assert.Contains("older than a day", await farm.AskAsync((core, now) => JoinTokens.WhyNot(core, "secret", now)));
        farm.Pass(0.2);
        await farm.SweepAsync();
        Assert.DoesNotContain(farm.Store.Load().Settings, row => row.Key.StartsWith("join-token:", StringComparison.Ordinal));
        Assert.Contains("is long over", await farm.AskAsync((core, now) => JoinTokens.WhyNot(core, "secret", now)));
    }

    [Fact]
    public async Task Should_look_ahead_and_change_nothing()
    {
        await using var farm = new RetentionHarness { Rules = new RetentionRules { JobDays = 7 } };
        var job = await farm.EndedAsync(100);
        var now = farm.Time.GetUtcNow().ToUnixTimeMilliseconds();
        Assert.Empty((await farm.Sweeper.PlanAsync(now + (6 * RetentionRules.DayMs), default)).Jobs);
        Assert.Single((await farm.Sweeper.PlanAsync(now + (8 * RetentionRules.DayMs), default)).Jobs);
        Assert.Equal([job], await farm.JobsAsync());
    }

    [Fact]
    public async Task Should_sweep_by_itself_every_ten_minutes_and_go_on_when_one_failed()
    {
        await using var farm = new RetentionHarness { Rules = new RetentionRules { OutputBytes = 1 } };
        farm.Sweeper.Start();
        var job = await farm.EndedAsync(100);
        if (!OperatingSystem.IsWindows() && Environment.UserName != "root")
        {
            File.SetUnixFileMode(farm.OutputFolder, UnixFileMode.None);
            farm.Time.Advance(RetentionSweeper.Interval);
            await Deadline.UntilAsync(() => farm.Log.Lines.Any(line => line.Contains("a sweep failed", StringComparison.Ordinal)), "the failure is told");
            File.SetUnixFileMode(farm.OutputFolder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        await Deadline.UntilAsync(
            () =>
            {
                farm.Time.Advance(RetentionSweeper.Interval);
                return !Directory.EnumerateFiles(farm.OutputFolder, "*", SearchOption.AllDirectories).Any();
            },
            $"output of {job} is swept");
    }
}
