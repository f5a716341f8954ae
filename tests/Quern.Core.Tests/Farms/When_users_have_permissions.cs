using Quern.Core.Actions;
using Quern.Core.Farms;
using Quern.Core.Permissions;

namespace Quern.Core.Tests.Farms;

public sealed class When_users_have_permissions
{
    private static readonly Caller Ann = FarmHarness.Ann;
    private static readonly Caller Bob = new("bob", "desk2", false);
    private static readonly Caller Root = FarmHarness.Root;
    private readonly FarmHarness harness = new();

    [Theory]
    [InlineData(Verb.Kill, Permission.Kill)]
    [InlineData(Verb.Block, Permission.Block)]
    [InlineData(Verb.Unblock, Permission.Unblock)]
    [InlineData(Verb.Retry, Permission.Retry)]
    [InlineData(Verb.Suspend, Permission.Suspend)]
    [InlineData(Verb.Resume, Permission.Resume)]
    [InlineData(Verb.Remove, Permission.Remove)]
    public void Should_need_the_permission_of_the_verb_for_their_own_jobs(Verb verb, Permission permission)
    {
        var job = harness.Submit();
        Change(UserChange.Delete, "ann", permission);

        var refused = harness.Act(verb, $"{job}").Refused[0];
        var name = PermissionText.Write(permission);
        Assert.Equal($"{name} {job}: ann lacks the permission {name}; an administrator gives it with 'qbusers --add --{name} ann'", refused);

        Change(UserChange.Add, "ann", permission);
        Assert.DoesNotContain(harness.Act(verb, $"{job}").Refused, text => text.Contains("lacks", StringComparison.Ordinal));
    }

    [Fact]
    public void Should_keep_others_from_a_job()
    {
        var job = harness.Submit();
        Assert.Equal($"kill {job}: job {job} belongs to ann, not to bob; ask its owner or an administrator", harness.Act(Verb.Kill, $"{job}", Bob).Refused[0]);
    }

    [Fact]
    public void Should_let_a_member_act_on_jobs_of_the_group_as_far_as_the_membership_says()
    {
        var job = harness.Submit();
        Change(UserChange.Add, "ann", null, "artists");
        Change(UserChange.Add, "bob", Permission.Block, "artists");

        Assert.Empty(harness.Act(Verb.Block, $"{job}", Bob).Refused);
        Assert.NotEmpty(harness.Act(Verb.Kill, $"{job}", Bob).Refused);
    }

    [Fact]
    public void Should_let_the_users_own_entry_win_over_the_group()
    {
        var job = harness.Submit();
        Change(UserChange.Add, "ann", null, "artists");
        Change(UserChange.Add, "bob", Permission.Block, "artists");
        Change(UserChange.Set, "bob", Permission.SubmitJob);

        Assert.Contains("bob lacks the permission block", harness.Act(Verb.Block, $"{job}", Bob).Refused[0]);
    }

    [Fact]
    public void Should_leave_a_member_without_permissions_of_the_group_on_the_default()
    {
        Change(UserChange.Add, "ann", null, "artists");
        var row = Assert.Single(harness.Farm.Users);
        Assert.Equal(UserRow.Default, row.Permissions);
        Assert.Equal(Permission.None, harness.Farm.Meant(row));
        Assert.Equal(Permission.Default, harness.Farm.PermissionsOf("ann"));
    }

    [Fact]
    public void Should_let_sudo_admin_act_on_any_job_as_on_an_own_one()
    {
        var job = harness.Submit();
        Change(UserChange.Set, "bob", Permission.SudoAdmin | Permission.Block);

        Assert.Empty(harness.Act(Verb.Block, $"{job}", Bob).Refused);
        Assert.NotEmpty(harness.Act(Verb.Kill, $"{job}", Bob).Refused);
    }

    [Fact]
    public void Should_let_an_administrator_do_anything()
    {
        var job = harness.Submit();
        Change(UserChange.Set, "bob", Permission.Admin);

        Assert.Empty(harness.Act(Verb.Kill, $"{job}", Bob).Refused);
        Assert.Null(harness.Farm.ChangeUser(Bob, UserChange.Set, "ann", "", Permission.None, harness.Now));
    }

    [Fact]
    public void Should_refuse_a_submission_without_the_permission()
    {
        Change(UserChange.Delete, "ann", Permission.SubmitJob);
        var result = harness.SubmitAll([FarmHarness.Spec()]);
        Assert.Equal("the submission is refused: ann lacks the permission submit_job; an administrator gives it with 'qbusers --add --submitjob ann'", result.Refusal);
        Assert.True(result.IsForbidden);
        Assert.Empty(harness.Farm.Jobs);
    }

    [Fact]
    public void Should_need_a_permission_to_submit_as_somebody_else_and_record_it()
    {
        var spec = FarmHarness.Spec("", job => job with { User = "bob" });
        var submission = new Submission("a", Ann, [spec]);
        Assert.StartsWith("the submission is refused: ann may not submit as bob: ann lacks the permission impersonate", harness.Farm.Submit(submission, harness.Now).Refusal);

        Change(UserChange.Add, "ann", Permission.Impersonate);
        var id = harness.Farm.Submit(submission, harness.Now).Ids[0];
        harness.Settle();
        var submitted = Assert.Single(harness.History, row => row.Job == id.Value);
        Assert.Equal(("ann", "desk1", "job submitted: pending from desk1, as bob"), (submitted.Who, submitted.From, submitted.Comment));
    }

    [Fact]
    public void Should_let_an_administrator_of_a_group_change_its_members_and_no_more()
    {
        Change(UserChange.Add, "bob", Permission.Admin, "artists");
        Change(UserChange.Add, "ann", null, "artists");

        Assert.Null(harness.Farm.ChangeUser(Bob, UserChange.Set, "ann", "artists", Permission.Kill, harness.Now));
        Assert.Equal("bob lacks the permission admin for group artists; an administrator has to do it", harness.Farm.ChangeUser(Bob, UserChange.Add, "cid", "artists", Permission.Kill, harness.Now));
        Assert.NotNull(harness.Farm.ChangeUser(Bob, UserChange.Drop, "ann", "artists", null, harness.Now));
        Assert.NotNull(harness.Farm.ChangeUser(Bob, UserChange.Set, "ann", "", Permission.Kill, harness.Now));
        Assert.NotNull(harness.Farm.ChangeUser(Bob, UserChange.Set, "ann", "others", Permission.Kill, harness.Now));
    }

    [Fact]
    public void Should_record_who_changed_what_of_whom()
    {
        Change(UserChange.Set, "bob", Permission.Kill);
        Change(UserChange.Drop, "bob", null);

        Assert.Equal(["user bob: permissions kill", "user bob: dropped"], harness.History.Where(row => row.Component == EventComponent.User).Select(row => row.Comment));
        Assert.All(harness.History, row => Assert.Equal(("root", "desk1"), (row.Who, row.From)));
    }

    [Fact]
    public void Should_know_them_after_a_restart()
    {
        Change(UserChange.Set, "bob", Permission.Kill | Permission.SubmitJob);
        Change(UserChange.Add, "bob", null, "artists");
        Change(UserChange.Set, "cid", Permission.Kill);
        Change(UserChange.Drop, "cid", null);
        var before = harness.Farm.Users.ToList();

        harness.Restart();

        Assert.Equal(before, harness.Farm.Users);
        Assert.Equal(Permission.Kill | Permission.SubmitJob, harness.Farm.PermissionsOf("bob"));
    }

    [Fact]
    public void Should_refuse_to_drop_whom_there_is_not()
        => Assert.Equal("user bob has no entry; list them with qbusers --list", harness.Farm.ChangeUser(Root, UserChange.Drop, "bob", "", null, harness.Now));

    private void Change(UserChange change, string user, Permission? permissions, string group = "")
    {
        Assert.Null(harness.Farm.ChangeUser(Root, change, user, group, permissions, harness.Now));
        harness.Settle();
    }
}
