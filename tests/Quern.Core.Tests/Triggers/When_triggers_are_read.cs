using Quern.Core.Triggers;

namespace Quern.Core.Tests.Triggers;

public sealed class When_triggers_are_read
{
    private static readonly EventContext Context = new(new JobId(7), new JobId(5), label => label switch
    {
        "hello" => new JobId(11),
        "render" => new JobId(12),
        "render-a" => new JobId(13),
        "ribgen" => new JobId(14),
        "comp" => new JobId(15),
        _ => null,
    });

    private static TriggerExpression Read(string text)
    {
        var trigger = TriggerExpression.Parse(text, Context, out var refusal);
        Assert.Null(refusal);
        return trigger!;
    }

    // The examples of the reference (9.4), and each field's other values.
    [Theory]
    [InlineData("complete-job-self", "complete-job-7")]
    [InlineData("done-job-hello", "done-job-11")]
    [InlineData("running-job-19294", "running-job-19294")]
    [InlineData("done-subjob-self-5", "done-subjob-7-5")]
    [InlineData("failed-work-self-*", "failed-work-7-*")]
    [InlineData("complete-work-render-5", "complete-work-12-5")]
    [InlineData("timeout-work-self-*", "timeout-work-7-*")]
    [InlineData("dummy-time-self-100", "dummy-time-7-100")]
    [InlineData("dummy-repeat-self-100-60", "dummy-repeat-7-100-60")]
    [InlineData("globaltime-10000", "globaltime-10000")]
    [InlineData("globalrepeat-10000-3600", "globalrepeat-10000-3600")]
    [InlineData("dummy-globaltime-self-10000", "globaltime-10000")]
    [InlineData("complete-job-self && complete-job-parent", "complete-job-7 && complete-job-5")]
    [InlineData("(complete-work-ribgen-3 && complete-work-render-3) || complete-work-comp-3", "(complete-work-14-3 && complete-work-12-3) || complete-work-15-3")]
    [InlineData("submit-job-self||removed-job-self", "submit-job-7 || removed-job-7")]
    [InlineData("complete-work-render-a-b-c", "complete-work-13-b-c")]
    [InlineData("complete-work-render-1-5", "complete-work-12-1-5")]
    [InlineData("complete-work-render", "complete-work-12-*")]
    [InlineData("assigned-host-self-node-01", "assigned-host-7-node-01")]
    [InlineData("down-host-self-node-01", "down-host-self-node-01")]
    [InlineData("approved-global-self", "approved-global")]
    [InlineData("approved-job-self", "approved-job-7")]
    [InlineData("a-job-self && b-job-self || c-job-self", "(a-job-7 && b-job-7) || c-job-7")]
    public void Each_form_is_understood(string text, string canonical)
    {
        var trigger = Read(text);
        Assert.Equal(canonical, trigger.ToString());
        var again = TriggerExpression.Parse(canonical, EventContext.IdsOnly, out var refusal);
        Assert.Null(refusal);
        Assert.Equal(canonical, again!.ToString());
        Assert.Equal(trigger.Events, again.Events);
    }

    [Fact]
    public void Times_are_Qubes()
    {
        Assert.Equal(946_702_800_000L, Read("dummy-time-self-0").Events[0].TimeMs);
        var every = Read("dummy-repeat-self-100-60").Events[0];
        Assert.Equal((946_702_900_000L, 60_000L), (every.TimeMs, every.IntervalMs));
        Assert.Equal(every.TimeMs, every.NextAfter(0));
        Assert.Equal(every.TimeMs + 60_000, every.NextAfter(every.TimeMs));
        Assert.Equal(every.TimeMs + 120_000, every.NextAfter(every.TimeMs + 60_000));
        Assert.Null(Read("dummy-time-self-0").Events[0].NextAfter(946_702_800_000L));
    }

    [Fact]
    public void What_has_come_true_makes_the_whole_true()
    {
        var trigger = Read("(complete-work-ribgen-3 && complete-work-render-3) || complete-work-comp-3");
        Assert.False(trigger.Holds(0));
        Assert.False(trigger.Holds(0b001));
        Assert.True(trigger.Holds(0b011));
        Assert.True(trigger.Holds(0b100));
    }

    [Theory]
    [InlineData("", "an event")]
    [InlineData("complete-job-self &&", "ends where an event belongs")]
    [InlineData("(complete-job-self", "ends where")]
    [InlineData("complete-job-self)", ">>>)")]
    [InlineData("complete-job-nobody", "no job or label 'nobody'")]
    [InlineData("complete-frame-self-1", "no events of the type 'frame'")]
    [InlineData("complete-subjob-self-x", "'x' is not an instance number")]
    [InlineData("dummy-time-self-soon", "seconds since 2000")]
    [InlineData("dummy-repeat-self-0-1", "shortest")]
    [InlineData("complete-global-self", "the farm uses it")]
    [InlineData("complete", "an event is NAME-TYPE")]
    [InlineData("running-host-self", "names no host")]
    [InlineData("done-job-hello || done-job-hell", ">>>done-job-hell:")]
    public void Nonsense_is_refused_with_its_place(string text, string expected)
    {
        Assert.Null(TriggerExpression.Parse(text, Context, out var refusal));
        Assert.Contains(expected, refusal, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refusal!);
    }

    [Fact]
    public void Any_text_is_answered_at_once()
    {
        var random = new Random(5);
        string[] pieces = ["complete", "-", "job", "self", "work", "*", "(", ")", "&&", "||", "&", " ", "render", "7", "time", "9999999999999999999", "link-", "info-complete-{", "\"", ",", "}", "["];
        for (var round = 0; round < 20_000; round++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => pieces[random.Next(pieces.Length)]));
            var trigger = TriggerExpression.Parse(text, Context, out var refusal);
            Assert.NotEqual(trigger is null, refusal is null);
            var dependency = Quern.Core.Dependencies.DependencyExpression.Parse(text, Context, out var why);
            Assert.NotEqual(dependency is null, why is null);
            if (dependency is not null)
            {
                Assert.Equal(dependency.ToString(), Quern.Core.Dependencies.DependencyExpression.Parse(dependency.ToString(), EventContext.IdsOnly, out _)!.ToString());
            }
        }
    }

    [Theory]
    [InlineData("unblock-self", "unblock", CodeTarget.Job)]
    [InlineData("retry-work-self", "retry", CodeTarget.Work)]
    [InlineData("unblock-subjob-self-single", "unblock", CodeTarget.SingleSubjob)]
    [InlineData("migrate-subjob-self", "migrate", CodeTarget.Subjob)]
    [InlineData("mail-status", "status", CodeTarget.Mail)]
    public void Codes_are_read(string text, string word, CodeTarget target)
        => Assert.Equal(new QubeCode(word, target), Assert.Single(QubeCode.Parse(text, out _)!));

    [Fact]
    public void There_are_all_codes_of_the_reference()
    {
        const string all = """
            unblock-self block-self fail-self kill-self migrate-self preempt-self interrupt-self suspend-self resume-self
            block-work-self kill-work-self unblock-work-self retry-work-self requeue-work-self complete-work-self fail-work-self
            unblock-subjob-self-single unblock-subjob-self block-subjob-self fail-subjob-self kill-subjob-self migrate-subjob-self preempt-subjob-self interrupt-subjob-self suspend-subjob-self resume-subjob-self
            mail-status mail-subjob-status mail-license-status mail-report-status
            """;
        Assert.Equal(QubeCode.Words.Order(), all.Split([' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries).Order());
        Assert.Null(QubeCode.Parse("unblock-everything", out var refusal));
        Assert.Contains("no code of language qube", refusal, StringComparison.Ordinal);
        Assert.Null(QubeCode.Parse(" ", out _));
    }
}
