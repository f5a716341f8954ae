using Quern.Core.Actions;
using Quern.Core.Farms;
using Quern.Core.Jobs;
using Quern.Core.Permissions;

namespace Quern.Core.Tests.Farms;

/// <summary>The site's policy on what people do to jobs. Source: reference, qube-jobs 14 (qb_approve_modify, qb_sudo_admin).</summary>
public sealed class When_a_site_decides_about_jobs : IJobPolicy
{
    private static readonly Caller Lead = new("lead", "desk3", false);
    private readonly FarmHarness harness = new();
    private readonly List<string> asked = [];

    public string? WhyNotModify(Job job, JobSpec after, string user)
    {
        asked.Add($"{user}: {job.Spec.Priority} to {after.Priority}");
        return after.Priority < 10 ? "ask the wrangler" : null;
    }

    public bool MaySudo(string user, Job job) => job.Spec.Kind == "show";

    private ActionResult Modify(JobId job, int priority, Caller caller) => harness.Act(Verb.Modify, $"{job}", caller, changes: FarmHarness.Change(spec => spec with { Priority = priority }, "priority"));

    [Fact]
    public void Should_ask_before_a_job_is_modified_and_change_nothing_when_it_refuses()
    {
        harness.Farm.JobPolicy = this;
        var job = harness.Submit("", spec => spec with { Priority = 100 });
        Assert.Equal([$"modify {job}: ask the wrangler"], Modify(job, 5, FarmHarness.Ann).Refused);
        Assert.Equal(100, harness.Job(job).Spec.Priority);
        Assert.Empty(Modify(job, 50, FarmHarness.Ann).Refused);
        Assert.Equal(50, harness.Job(job).Spec.Priority);
        Assert.Equal(["ann: 100 to 5", "ann: 100 to 50"], asked);
    }

    [Fact]
    public void Should_not_ask_about_administrators()
    {
        harness.Farm.JobPolicy = this;
        var job = harness.Submit("", spec => spec with { Priority = 100 });
        Assert.Empty(Modify(job, 5, FarmHarness.Root).Refused);
        Assert.Empty(asked);
    }

    [Fact]
    public void Should_decide_job_by_job_where_sudo_admin_acts()
    {
        harness.Farm.ChangeUser(FarmHarness.Root, UserChange.Add, "lead", "", Permission.SudoAdmin, harness.Now);
        var show = harness.Submit("", spec => spec with { Kind = "show" });
        var test = harness.Submit("", spec => spec with { Kind = "test" });
        Assert.Null(harness.Farm.MayDo(Lead, Permission.Kill, harness.Job(test)));

        harness.Farm.JobPolicy = this;
        Assert.Empty(harness.Act(Verb.Block, $"{show}", Lead).Refused);
        Assert.Contains("belongs to ann, not to lead", Assert.Single(harness.Act(Verb.Block, $"{test}", Lead).Refused), StringComparison.Ordinal);
        Assert.Null(harness.Farm.MayDo(FarmHarness.Ann, Permission.Kill, harness.Job(test)));
    }
}
