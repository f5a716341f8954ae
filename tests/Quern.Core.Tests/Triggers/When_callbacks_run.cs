using Quern.Core.Actions;
using Quern.Core.Farms;
using Quern.Core.Jobs;
using Quern.Core.Tests.Farms;
using Quern.Core.Triggers;

namespace Quern.Core.Tests.Triggers;

public sealed class When_callbacks_run
{
    private readonly FarmHarness farm = new();

    private static CallbackSpec Callback(string triggers, string code, CallbackLanguages language = CallbackLanguages.Qube, int maximum = -1)
        => new() { Triggers = triggers, Code = code, Language = language, Maximum = maximum };

    private static Func<JobSpec, JobSpec> With(params CallbackSpec[] callbacks) => spec => spec with { Callbacks = callbacks };

    private static void Run(FakeWorker worker, int steps = 60, int exitCode = 0)
    {
        for (var step = 0; step < steps; step++)
        {
            worker.Step(exitCode);
        }
    }

    [Fact]
    public void A_job_starts_when_its_callback_unblocks_it()
    {
        var worker = farm.AddWorker(1);
        var first = farm.Submit();
        var second = farm.Submit("", spec => spec with { StartsBlocked = true, Callbacks = [Callback($"done-job-{first}", "unblock-self")] });
        Assert.Equal(Status.Blocked, farm.Job(second).Status);
        Run(worker, exitCode: 1);
        Assert.Equal(Status.Failed, farm.Job(second).Status);
        Assert.Equal(1, farm.Job(second).Callbacks[0].Count);
        Assert.Contains(farm.History, row => row.Job == second.Value && row.Who == "ann" && row.From == $"callback {second}/0" && row.Comment == "unblocked");
    }

    [Fact]
    public void What_is_already_so_counts()
    {
        var worker = farm.AddWorker(1);
        var first = farm.Submit();
        Run(worker);
        var second = farm.Submit("", spec => spec with { StartsBlocked = true, Callbacks = [Callback($"complete-job-{first}", "unblock-self")] });
        Run(worker);
        Assert.Equal(Status.Complete, farm.Job(second).Status);
    }

    [Fact]
    public void Items_follow_items_by_callbacks_as_well()
    {
        var worker = farm.AddWorker(1);
        var result = farm.SubmitAll(
        [
            FarmHarness.Spec("1-3", spec => spec with { Label = "render-a" }),
            FarmHarness.Spec("1-3", spec => spec with { StartsBlocked = true, Callbacks = [Callback("complete-work-render-a-*", "unblock-work-self")] }),
        ]);
        var second = farm.Job(result.Ids[1]);
        Assert.Equal(3, second.Items!.CountOf(ItemState.Blocked));
        worker.Step();
        worker.Step();
        Assert.Equal(Hold.None, second.Hold);
        Assert.Equal(2, second.Items.CountOf(ItemState.Blocked));
        Run(worker);
        Assert.Equal(Status.Complete, second.Status);
        Assert.Equal(3, second.Callbacks[0].Count);
    }

    [Fact]
    public void Events_are_kept_until_the_whole_is_true_over_a_restart()
    {
        var worker = farm.AddWorker(1);
        var first = farm.Submit("", spec => spec with { StartsBlocked = true });
        var other = farm.Submit();
        var last = farm.Submit("", spec => spec with { StartsBlocked = true, Callbacks = [Callback($"complete-job-{first} && complete-job-{other}", "unblock-self")] });
        Run(worker);
        Assert.Equal(0b10UL, farm.Job(last).Callbacks[0].Ready);
        Assert.Equal(0, farm.Job(last).Callbacks[0].Count);
        farm.Restart();
        farm.Act(Verb.Unblock, $"{first}");
        Run(worker);
        Assert.Equal((1, 0UL), (farm.Job(last).Callbacks[0].Count, farm.Job(last).Callbacks[0].Ready));
        Assert.Equal(Status.Complete, farm.Job(last).Status);
    }

    [Fact]
    public void A_failed_item_is_retried_before_its_job_has_ended()
    {
        var worker = farm.AddWorker(1);
        var job = farm.Submit("1-2", With(Callback("failed-work-self-*", "retry-work-self", maximum: 2)));
        Run(worker, 3, exitCode: 1);
        Assert.DoesNotContain(farm.History, row => row.Job == job.Value && row.Comment.StartsWith("job state", StringComparison.Ordinal));
        Run(worker);
        Assert.Equal(Status.Complete, farm.Job(job).Status);
    }

    [Fact]
    public void A_callback_runs_no_more_often_than_it_may()
    {
        var worker = farm.AddWorker(1);
        var job = farm.Submit("1-5", With(Callback("complete-work-self-*", "told", CallbackLanguages.Post, maximum: 2), Callback("complete-work-self-3", "told", CallbackLanguages.Post)));
        Run(worker);
        Assert.Equal([2, 1], farm.Job(job).Callbacks.Select(callback => callback.Count));
        Assert.Equal(3, farm.Posts.Count);
        Assert.Equal($"complete-work-{job}-3", farm.Posts[^1].Happened);
    }

    [Fact]
    public void A_delayed_start_is_an_event_of_time()
    {
        var worker = farm.AddWorker(1);
        var at = (farm.Now.Unix / 1000) - EventPattern.QubeEpochSeconds + 60;
        var job = farm.Submit("", spec => spec with { StartsBlocked = true, Callbacks = [Callback($"dummy-time-self-{at}", "unblock-self")] });
        Run(worker, 3);
        Assert.Equal(Status.Blocked, farm.Job(job).Status);
        Assert.InRange(farm.Farm.NextWake!.Value - farm.Now.Monotonic, 58_000, 60_000);
        farm.Advance(30_000);
        farm.Restart();
        Run(worker, 3);
        Assert.Equal(Status.Blocked, farm.Job(job).Status);
        farm.Advance(31_000);
        Run(worker, 3);
        Assert.Equal(Status.Complete, farm.Job(job).Status);
        farm.Restart();
        Assert.Equal(1, farm.Job(job).Callbacks[0].Count);
    }

    [Fact]
    public void A_repeated_event_comes_while_the_job_is_there()
    {
        var worker = farm.AddWorker(1);
        var at = (farm.Now.Unix / 1000) - EventPattern.QubeEpochSeconds;
        var job = farm.Submit("", With(Callback($"dummy-repeat-self-{at}-60", "alive", CallbackLanguages.Post)));
        for (var minute = 0; minute < 10; minute++)
        {
            farm.Advance(60_000);
            worker.Report();
        }

        Assert.InRange(farm.Posts.Count, 9, 10);
        var before = farm.Posts.Count;

        // Missed ones come once.
        farm.Advance(1_000_000);
        Assert.Equal(before + 1, farm.Posts.Count);
        worker.Connect();
        Run(worker);
        Assert.Equal(Status.Complete, farm.Job(job).Status);
        farm.Advance(600_000);
        Assert.Equal(before + 1, farm.Posts.Count);
    }

    [Fact]
    public void A_program_runs_as_a_job_of_the_callbacks_owner()
    {
        var worker = farm.AddWorker(1);
        var job = farm.Submit("1-2", With(Callback("complete-work-self-2", "publish --all", CallbackLanguages.Exec), Callback("done-job-self", "print(qb.jobid())", CallbackLanguages.Python)));
        Run(worker);
        var made = farm.Farm.Jobs.Where(other => other.Spec.CallbackOf.Length > 0).ToList();
        Assert.Equal([$"callback {job}/0", $"callback {job}/1"], made.Select(other => other.Spec.CallbackOf));
        Assert.All(made, other => Assert.Equal((Status.Complete, "ann", "callback", job.Value, job.Value), (other.Status, other.Spec.User, other.Spec.Kind, other.Pgrp, other.Spec.Pid)));
        Assert.Equal("publish --all", made[0].Spec.Command);
        Assert.Equal("2", made[0].Spec.Env["QB_CALLBACK_WORKID"]);
        Assert.Equal("print(qb.jobid())", made[1].Spec.Env["QB_CALLBACK_CODE"]);
        Assert.Contains(farm.History, row => row.Job == job.Value && row.Comment == $"callback: job {made[0].Id} complete");
        farm.Restart();
        Assert.Equal(3, farm.Farm.Jobs.Count);
    }

    [Fact]
    public void A_mail_waits_in_the_outbox_until_it_left()
    {
        var worker = farm.AddWorker(1);
        var job = farm.Submit("1-3", spec => spec with { Flags = ["mail"], Callbacks = [Callback("failed-work-self-*", "", CallbackLanguages.Mail)], MailAddress = "ann@studio.example" });
        Run(worker, exitCode: 1);
        Assert.Equal(["work", "work", "work", "job"], farm.Mails.Select(mail => mail.Content));
        Assert.All(farm.Mails, mail => Assert.Equal("ann@studio.example", mail.To));
        Assert.Equal(("failed", "3"), (farm.Mails[3].Variables["JOB_STATUS"], farm.Mails[3].Variables["JOB_FAILED"]));
        Assert.Equal("2", farm.Mails[1].Variables["WORK_NAME"]);
        farm.Farm.MailEnded(farm.Mails[0].Id, null, farm.Now);
        farm.Farm.MailDelayed(farm.Mails[1].Id, "no route", farm.Now.Unix + 1000, farm.Now);
        farm.Settle();
        farm.Restart();
        Assert.Equal(farm.Mails.Skip(1).Select(mail => mail.Key), farm.Farm.Mails.Select(mail => mail.Key));
        Assert.Equal((1, "no route"), (farm.Farm.Mails.First().Attempts, farm.Farm.Mails.First().Failure));
        Assert.Contains(farm.History, row => row.Job == job.Value && row.Comment == "mail sent to ann@studio.example");
    }

    [Fact]
    public void People_fire_events_of_their_own()
    {
        var worker = farm.AddWorker(1);
        var mine = farm.Submit("", spec => spec with { StartsBlocked = true, Callbacks = [Callback("approved-job-self", "unblock-self")] });
        var global = farm.Submit("", spec => spec with { StartsBlocked = true, Callbacks = [Callback("approved-global-self", "unblock-self")] });
        Assert.Equal(1, farm.Farm.FireEvent("approved", null, new Caller("bob", "desk2", false), farm.Now));
        farm.Settle();
        Run(worker);
        Assert.Equal((Status.Blocked, Status.Complete), (farm.Job(mine).Status, farm.Job(global).Status));
        Assert.Equal(1, farm.Farm.FireEvent("approved", mine, FarmHarness.Ann, farm.Now));
        farm.Settle();
        Run(worker);
        Assert.Equal(Status.Complete, farm.Job(mine).Status);
    }

    [Fact]
    public void Global_callbacks_hear_of_hosts_and_jobs_and_outlive_a_restart()
    {
        var worker = farm.AddWorker(1, "node-01");
        var job = farm.Submit();
        var (id, refusal) = farm.Farm.AddGlobalCallback(Callback("down-host-self-*", "down", CallbackLanguages.Post), FarmHarness.Root, farm.Now);
        Assert.Null(refusal);
        farm.Farm.AddGlobalCallback(Callback($"complete-job-{job}", "done", CallbackLanguages.Post), FarmHarness.Root, farm.Now);
        farm.Settle();
        farm.Restart();
        Run(worker);
        worker.Disconnect();
        farm.Advance(60_000);
        Assert.Equal(["done", "down"], farm.Posts.Select(post => post.Code));
        Assert.Null(farm.Farm.RemoveGlobalCallback(id, FarmHarness.Root, farm.Now));
        farm.Settle();
        farm.Restart();
        Assert.Single(farm.Farm.GlobalCallbacks);
        Assert.Contains("refused", farm.Farm.AddGlobalCallback(Callback("complete-job-self", "x", CallbackLanguages.Post), FarmHarness.Root, farm.Now).Refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void A_job_that_is_removed_says_so_and_hears_no_more()
    {
        var worker = farm.AddWorker(1);
        var job = farm.Submit("", With(Callback("removed-job-self", "gone", CallbackLanguages.Post)));
        var other = farm.Submit("", With(Callback($"removed-job-{job} && done-job-self", "both", CallbackLanguages.Post)));
        Run(worker);
        farm.Act(Verb.Remove, $"{job}");
        Assert.Equal(["gone", "both"], farm.Posts.Select(post => post.Code).ToList());
        farm.Act(Verb.Remove, $"{other}");
        Run(worker);
    }

    [Fact]
    public void Circles_of_callbacks_end()
    {
        farm.AddWorker(1);
        var job = farm.Submit("1-2", spec => spec with
        {
            StartsBlocked = true,
            Callbacks = [Callback("blocked-work-self-*", "unblock-work-self block-work-self"), Callback("ping-job-self", "unblock-self")],
        });
        farm.Act(Verb.Unblock, $"{job}");
        farm.Act(Verb.Block, $"{job}:1");
        Assert.Contains(farm.History, row => row.Comment.Contains("round in a circle", StringComparison.Ordinal));
        Assert.Equal(2, farm.Farm.Jobs.First().Items!.Count);
    }

    [Fact]
    public void A_language_that_is_switched_off_says_so()
    {
        var quiet = new FarmHarness(new FarmOptions { Languages = CallbackLanguages.Mail });
        var worker = quiet.AddWorker(1);
        var job = quiet.Submit("", With(Callback("done-job-self", "x", CallbackLanguages.Exec)));
        Run(worker);
        Assert.Single(quiet.Farm.Jobs);
        Assert.Contains(quiet.History, row => row.Job == job.Value && row.Comment.Contains("switched off", StringComparison.Ordinal));
        Assert.Contains("switched off", quiet.SubmitAll([FarmHarness.Spec("", spec => spec with { Dependency = $"{job}" })]).Refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void The_site_has_callbacks_of_its_own()
    {
        var site = new FarmHarness(new FarmOptions { UniversalCallbacks = [Callback("done-job-self", "audit", CallbackLanguages.Post) with { Source = "audit.qcb" }] });
        var worker = site.AddWorker(1);
        var job = site.Submit("", With(Callback("done-job-self", "notify", CallbackLanguages.Exec)));
        Run(worker);
        Assert.Equal([job.Value], site.Posts.Select(post => post.Job));
    }

    [Theory]
    [InlineData("complete-work-self-9", "no item '9'")]
    [InlineData("complete-job-999", "no job 999")]
    [InlineData("complete-job-parent", "no parent")]
    [InlineData("complete-job-nolabel", "no job or label")]
    public void Nonsense_is_refused_and_makes_nothing(string triggers, string expected)
    {
        var refusal = farm.SubmitAll([FarmHarness.Spec("1-3", With(Callback(triggers, "unblock-self")))]).Refusal;
        Assert.Contains(expected, refusal, StringComparison.Ordinal);
        Assert.StartsWith("callback 1 is refused", refusal, StringComparison.Ordinal);
        Assert.Empty(farm.Farm.Jobs);
        Assert.Contains("no code of language qube", farm.SubmitAll([FarmHarness.Spec("", With(Callback("done-job-self", "explode")))]).Refusal, StringComparison.Ordinal);
        Assert.Contains("python", farm.SubmitAll([FarmHarness.Spec("", With(Callback("done-job-self", "1", CallbackLanguages.Perl)))]).Refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void Too_many_programs_at_once_wait_their_turn()
    {
        var worker = farm.AddWorker(1);
        var job = farm.Submit("1-700", With(Callback("complete-work-self-*", "publish", CallbackLanguages.Exec)));
        farm.Act(Verb.Block, $"{job}");
        farm.Act(Verb.Unblock, $"{job}");
        for (var step = 0; step < 3000 && farm.Job(job).Status != Status.Complete; step++)
        {
            worker.Step();
        }

        Assert.Equal(Farm.MostCallbackJobs, farm.Farm.Jobs.Count(other => other.Spec.CallbackOf.Length > 0 && !other.Status.IsDone()));
        farm.Restart();
        for (var step = 0; step < 5000 && farm.Farm.Jobs.Any(other => !other.Status.IsDone()); step++)
        {
            worker.Step();
        }

        Assert.Equal(701, farm.Farm.Jobs.Count(other => other.Status == Status.Complete));
    }
}
