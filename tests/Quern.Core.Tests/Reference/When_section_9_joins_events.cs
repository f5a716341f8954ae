using Quern.Core.Actions;
using Quern.Core.Jobs;
using Quern.Core.Tests.Farms;
using Quern.Core.Triggers;

namespace Quern.Core.Tests.Reference;

/// <summary>The documented expressions, with what has to happen until they run. Source: reference, qube-jobs 9.4.</summary>
public sealed class When_section_9_joins_events
{
    private readonly FarmHarness farm = new();

    private static CallbackSpec Told(string triggers) => new() { Triggers = triggers, Code = "told", Language = CallbackLanguages.Post };

    /// <summary>Items that become complete, one after another; a plus where the callback then runs.</summary>
    [Theory]
    [InlineData("complete-job-self && complete-job-parent", "parent self+")]
    [InlineData("complete-job-self && complete-job-parent", "self parent+")]
    [InlineData("complete-work-render-5", "render:3 render:5+")]
    [InlineData("done-job-ribgen", "render ribgen+")]
    [InlineData("(complete-work-ribgen-3 && complete-work-render-3) || complete-work-comp-3", "ribgen:3 render:5 render:3+ comp:5")]
    [InlineData("(complete-work-ribgen-3 && complete-work-render-3) || complete-work-comp-3", "render:3 comp:3+")]
    [InlineData("complete-work-comp-*", "render:3 comp:3+ comp:5+")]
    public void Should_run_when_the_whole_has_come_true(string triggers, string happenings)
    {
        // Job 1 is nobody's parent: 1 stands for none.
        farm.Submit();
        var parent = farm.Submit("1-5");
        var ids = farm.SubmitAll(
        [
            FarmHarness.Spec("1-5", spec => spec with { Label = "ribgen" }), FarmHarness.Spec("1-5", spec => spec with { Label = "render" }), FarmHarness.Spec("1-5", spec => spec with { Label = "comp" }),
            FarmHarness.Spec("1-5", spec => spec with { Pid = parent.Value, Callbacks = [Told(triggers)] }),
        ]).Ids;
        var named = new Dictionary<string, JobId> { ["parent"] = parent, ["ribgen"] = ids[0], ["render"] = ids[1], ["comp"] = ids[2], ["self"] = ids[3] };
        var runs = 0;
        foreach (var word in happenings.Split(' '))
        {
            var target = word.TrimEnd('+').Split(':');
            Assert.Empty(farm.Act(Verb.Retire, string.Join(':', target.Skip(1).Prepend($"{named[target[0]]}"))).Refused);
            runs += word.EndsWith('+') ? 1 : 0;
            Assert.Equal((word, runs), (word, farm.Posts.Count));
        }
    }

    /// <summary>Without a job: once at its time, or again and again from then on.</summary>
    [Theory]
    [InlineData("globaltime-{0}", 1)]
    [InlineData("globalrepeat-{0}-60", 4)]
    public void Should_run_at_its_time_for_no_job(string triggers, int times)
    {
        var at = (farm.Now.Unix / 1000) - EventPattern.QubeEpochSeconds + 60;
        Assert.Null(farm.Farm.AddGlobalCallback(Told(string.Format(null, triggers, at)), FarmHarness.Root, farm.Now).Refusal);
        farm.Settle();
        farm.Advance(59_000);
        Assert.Empty(farm.Posts);
        for (var minute = 0; minute < 4; minute++)
        {
            farm.Advance(60_000);
        }

        Assert.Equal(times, farm.Posts.Count);
    }
}
