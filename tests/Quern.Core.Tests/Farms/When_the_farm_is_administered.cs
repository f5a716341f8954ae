using Quern.Core.Expressions;
using Quern.Core.Farms;
using Quern.Core.Resources;

namespace Quern.Core.Tests.Farms;

public sealed class When_the_farm_is_administered
{
    private static readonly ResourceName Maya = new(ResourceClass.License, "maya");
    private static readonly ResourceName Scratch = new(ResourceClass.Global, "scratch");
    private readonly FarmHarness harness = new(new FarmOptions { GlobalResources = [(Maya, 100), (Scratch, 5)] });

    [Fact]
    public void Should_take_no_submissions_while_it_rejects_them_but_those_of_administrators()
    {
        harness.Farm.SetModes(true, null, FarmHarness.Root, harness.Now);
        var refused = harness.SubmitAll([FarmHarness.Spec()]);
        Assert.Equal("the submission is refused: the supervisor takes none now (reject_submit); submit again when an administrator has let them in", refused.Refusal);

        harness.Restart();
        Assert.True(harness.Farm.RejectsSubmissions);
        Assert.Null(harness.Farm.Submit(new Submission("r", FarmHarness.Root, [FarmHarness.Spec()]), harness.Now).Refusal);

        harness.Farm.SetModes(false, null, FarmHarness.Root, harness.Now);
        harness.Submit();
        Assert.Contains(harness.History, row => row is { Comment: "supervisor: reject_submit set", Who: "root", Component: EventComponent.Admin });
    }

    [Fact]
    public void Should_remember_that_activity_is_stopped()
    {
        harness.Farm.SetModes(null, true, FarmHarness.Root, harness.Now);
        harness.Settle();
        harness.Restart();
        Assert.True(harness.Farm.IsActivityStopped);
    }

    [Fact]
    public void Should_know_after_a_restart_what_a_licence_server_said_last()
    {
        Assert.Equal("license.maya=100/100", Count(Maya));
        Assert.Null(harness.Farm.UpdateResource(Maya, 120, 30, FarmHarness.Root, harness.Now));
        harness.Settle();
        Assert.Equal("license.maya=10/100", Count(Maya));

        harness.Restart();

        Assert.Equal("license.maya=10/100", Count(Maya));
        Assert.Contains(harness.History, row => row.Comment == "resource license.maya: total 120, used 30");
    }

    [Fact]
    public void Should_keep_of_a_report_what_the_next_leaves_out()
    {
        Assert.Equal("nothing was reported of license.maya yet: give both its total and what is used of it", harness.Farm.UpdateResource(Maya, 120, null, FarmHarness.Root, harness.Now));
        harness.Farm.UpdateResource(Maya, 120, 30, FarmHarness.Root, harness.Now);

        Assert.Null(harness.Farm.UpdateResource(Maya, null, 50, FarmHarness.Root, harness.Now));
        Assert.Equal("license.maya=30/100", Count(Maya));
        Assert.Null(harness.Farm.UpdateResource(Maya, 100, null, FarmHarness.Root, harness.Now));
        Assert.Equal("license.maya=50/100", Count(Maya));
    }

    [Fact]
    public void Should_refuse_a_report_on_what_is_not_declared_or_not_shared()
    {
        Assert.Equal(
            "there is no resource license.nuke: declare it in supervisor_global_resources, as in license.nuke=3",
            harness.Farm.UpdateResource(new ResourceName(ResourceClass.License, "nuke"), 3, 1, FarmHarness.Root, harness.Now));
        Assert.Equal(
            "global.scratch is counted by the farm alone: only license and license_host resources are used by others",
            harness.Farm.UpdateResource(Scratch, 3, 1, FarmHarness.Root, harness.Now));
    }

    [Fact]
    public void Should_take_settings_that_are_read_again()
    {
        harness.Farm.Reconfigure(new FarmOptions { GlobalResources = [(Maya, 7)] }, FarmHarness.Root, harness.Now);
        Assert.Equal("license.maya=7/7", Count(Maya));
        Assert.Null(harness.Farm.FindResource(Scratch));
    }

    [Fact]
    public void Should_keep_only_the_components_of_history_that_are_wanted()
    {
        var quiet = new FarmHarness(new FarmOptions { History = EventComponent.All & ~EventComponent.Subjob });
        quiet.AddWorker();
        quiet.Submit();
        Assert.NotEmpty(quiet.History);
        Assert.DoesNotContain(quiet.History, row => row.Component == EventComponent.Subjob);
    }

    private string? Count(ResourceName name) => harness.Farm.FindResource(name)?.Count.ToString();
}
