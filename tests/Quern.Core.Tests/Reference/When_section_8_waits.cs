using Quern.Core.Actions;
using Quern.Core.Dependencies;
using Quern.Core.Jobs;
using Quern.Core.Tests.Farms;
using Quern.Core.Triggers;

namespace Quern.Core.Tests.Reference;

/// <summary>The table of dependencies, text by text, on a farm that has jobs of those ids. Source: reference, qube-jobs 8 and 20.</summary>
public sealed class When_section_8_waits
{
    private const int Jobs = 901;
    private readonly FarmHarness farm = new();

    public When_section_8_waits() => farm.SubmitAll([.. Enumerable.Repeat(FarmHarness.Spec("1-12", spec => spec with { Cpus = 3 }), Jobs)]);

    private void Ends(string targets, Verb verb = Verb.Retire)
    {
        foreach (var target in targets.Split(' '))
        {
            Assert.Empty(farm.Act(verb, target).Refused);
        }
    }

    private Job Waiting(string dependency, string range = "") => farm.Job(farm.Submit(range, spec => spec with { Dependency = dependency }));

    [Theory]
    [InlineData("900", "900", Verb.Retire, true)]
    [InlineData("900", "900", Verb.Kill, false)]
    [InlineData("900,901", "900", Verb.Retire, false)]
    [InlineData("900,901", "900 901", Verb.Retire, true)]
    [InlineData("link-complete-job-529", "529", Verb.Retire, true)]
    [InlineData("link-complete-job-529", "529", Verb.Fail, false)]
    [InlineData("link-done-job-529", "529", Verb.Retire, true)]
    [InlineData("link-done-job-529", "529", Verb.Fail, true)]
    [InlineData("link-done-job-529", "529", Verb.Kill, true)]
    [InlineData("link-complete-subjob-430-2", "430.1", Verb.Retire, false)]
    [InlineData("link-complete-subjob-430-2", "430.2", Verb.Retire, true)]
    [InlineData("900 && 901", "900", Verb.Retire, false)]
    [InlineData("900 || 901", "901", Verb.Retire, true)]
    [InlineData("link-failed-job-900", "900", Verb.Fail, true)]
    [InlineData("link-killed-job-900", "900", Verb.Kill, true)]
    public void Should_be_blocked_until_that_has_ended(string dependency, string ends, Verb verb, bool isFree)
    {
        var job = Waiting(dependency);
        Assert.Equal(Status.Blocked, job.Status);
        Ends(ends, verb);
        Assert.Equal(isFree ? Status.Pending : Status.Blocked, job.Status);

        // Submitted after the fact it counts as well: what is true is not waited for.
        Assert.Equal(job.Status, Waiting(dependency).Status);
    }

    [Fact]
    public void Should_unblock_item_by_item()
    {
        var job = Waiting("link-complete-work-430", "1-12");
        Assert.Equal((Status.Blocked, 12), (job.Status, job.Items!.CountOf(ItemState.Blocked)));
        Ends("430:5");
        Ends("430:6", Verb.Fail);
        Assert.Equal((Status.Pending, ItemState.Pending, ItemState.Blocked), (job.Status, job.Items[4].State, job.Items[5].State));
        Assert.Equal(11, job.Items.CountOf(ItemState.Blocked));
    }

    [Fact]
    public void Should_unblock_an_item_when_that_of_each_of_three_jobs_is_complete()
    {
        var job = Waiting("link-complete-work-1,link-complete-work-2,link-complete-work-3", "1-12");
        Ends("1:5 2:5 3:6");
        Assert.Equal(12, job.Items!.CountOf(ItemState.Blocked));
        Ends("3:5");
        Assert.Equal(ItemState.Pending, job.Items[4].State);
        Assert.Equal(11, job.Items.CountOf(ItemState.Blocked));
    }

    [Fact]
    public void Should_find_a_label_of_its_own_process_group()
    {
        var ids = farm.SubmitAll([FarmHarness.Spec("1-3", spec => spec with { Label = "render" }), FarmHarness.Spec("", spec => spec with { Dependency = "complete-job-render" })]).Ids;
        Assert.Equal(Status.Blocked, farm.Job(ids[1]).Status);
        Ends($"{ids[0]}");
        Assert.Equal(Status.Pending, farm.Job(ids[1]).Status);
    }

    /// <summary>A map for the graph of the user interface: the logic sits in callbacks.</summary>
    [Fact]
    public void Should_hold_nothing_for_a_map_and_show_it()
    {
        const string text = """info-complete-{"":["123"],"*":["345:*"],"10":["346:2"]}""";
        var job = Waiting(text, "1-12");
        Assert.Equal((Status.Pending, 12), (job.Status, job.Items!.Pending));
        var info = Assert.Single(job.Dependency!.Infos);
        Assert.Equal("complete", info.State);
        Assert.Equal(["'' 123", "'*' 345:*", "'10' 346:2"], info.WaitsFor.Select(entry => $"'{entry.Key}' {string.Join(' ', entry.Value)}"));
        Assert.Equal(text, job.Dependency.ToString());
    }

    /// <summary>20: a recipe that is not in the grammar.</summary>
    [Fact]
    public void Should_refuse_a_label_alone_with_the_right_form()
    {
        Assert.Null(DependencyExpression.Parse("link-complete-jobA", EventContext.IdsOnly, out var refusal));
        Assert.Equal("dependency 'link-complete-jobA' is not of the form [link-]EVENT-TYPE-JOB, such as link-complete-job-12", refusal);
    }
}
