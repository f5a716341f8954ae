using Quern.Core.Actions;
using Quern.Core.Permissions;
using Quern.Core.Tests.Farms;

namespace Quern.Core.Tests.Reference;

/// <summary>Each bit with its name, its letter and its place in the row of qbusers, and what it lets do. Source: reference, qube-jobs 14.</summary>
public sealed class When_section_14_gives_permissions
{
    private readonly FarmHarness farm = new();

    [Theory]
    [InlineData(0x1, "submit_job", "---- j-- ------------------")]
    [InlineData(0x2, "submit_callback", "---- -c- ------------------")]
    [InlineData(0x4, "submit_global_callback", "---- --g ------------------")]
    [InlineData(0x8, "bump", "---- --- -------------p----")]
    [InlineData(0x10, "kill", "---- --- k-----------------")]
    [InlineData(0x20, "remove", "---- --- -r----------------")]
    [InlineData(0x40, "modify", "---- --- --m---------------")]
    [InlineData(0x80, "preempt", "---- --- ---p--------------")]
    [InlineData(0x100, "block", "---- --- ----b-------------")]
    [InlineData(0x200, "interrupt", "---- --- ------i-----------")]
    [InlineData(0x400, "complete", "---- --- -------c----------")]
    [InlineData(0x800, "unblock", "---- --- -----u------------")]
    [InlineData(0x1000, "suspend", "---- --- --------s---------")]
    [InlineData(0x2000, "resume", "---- --- ---------e--------")]
    [InlineData(0x4000, "retry", "---- --- ----------y-------")]
    [InlineData(0x8000, "requeue", "---- --- -----------q------")]
    [InlineData(0x10000, "migrate", "---- --- ------------g-----")]
    [InlineData(0x20000, "shove", "---- --- --------------v---")]
    [InlineData(0x40000, "fail", "---- --- ---------------f--")]
    [InlineData(0x80000, "retire", "---- --- ----------------t-")]
    [InlineData(0x100000, "reset", "---- --- -----------------n")]
    [InlineData(0x8000000, "lock_host", "---l --- ------------------")]
    [InlineData(0x10000000, "sudo_admin", "-s-- --- ------------------")]
    [InlineData(0x20000000, "impersonate", "--i- --- ------------------")]
    [InlineData(0x40000000, "admin", "a--- --- ------------------")]
    public void Should_have_its_bit_its_name_and_its_place(uint bit, string name, string row)
    {
        Assert.Equal((Permission)bit, PermissionText.Parse(name, out _));
        Assert.Equal((name, row), (PermissionText.Write((Permission)bit), PermissionText.Row((Permission)bit)));
    }

    /// <summary>An own job, and exactly the permission that the action asks for.</summary>
    [Theory]
    [InlineData("kill", "kill", "pending")]
    [InlineData("remove", "remove", "killed")]
    [InlineData("modify", "modify", "pending")]
    [InlineData("preempt", "preempt", "running")]
    [InlineData("block", "block", "pending")]
    [InlineData("interrupt", "interrupt", "running")]
    [InlineData("retire", "retire", "pending")]
    [InlineData("unblock", "unblock", "blocked")]
    [InlineData("suspend", "suspend", "running")]
    [InlineData("resume", "resume", "suspended")]
    [InlineData("retry", "retry", "killed")]
    [InlineData("requeue", "requeue", "killed")]
    [InlineData("migrate", "migrate", "running")]
    [InlineData("shove", "shove", "pending")]
    [InlineData("fail", "fail", "pending")]
    [InlineData("top", "bump", "pending")]
    [InlineData("bottom", "bump", "pending")]
    public void Should_let_its_owner_do_it_and_nobody_without_it(string verb, string permission, string state)
    {
        var made = Tests.Actions.ActedOn.InState(Statuses.FromWord(state)!.Value);
        var changes = verb == "modify" ? FarmHarness.Change(spec => spec with { Notes = "x" }, "notes") : null;
        var needed = PermissionText.Parse(permission, out _)!.Value;
        Give(made.Farm, Permission.All & ~needed);
        Assert.Contains($"ann lacks the permission {permission}", Assert.Single(made.Farm.Act(Verbs.FromWord(verb)!.Value, $"{made.Job}", changes: changes).Refused), StringComparison.Ordinal);
        Give(made.Farm, needed);
        Assert.NotEmpty(made.Farm.Act(Verbs.FromWord(verb)!.Value, $"{made.Job}", changes: changes).Affected);
    }

    [Fact]
    public void Should_need_submit_callback_for_jobs_that_have_some()
    {
        var spec = FarmHarness.Spec("", job => job with { Callbacks = [new() { Triggers = "done-job-self", Code = "retry-work-self", Language = Quern.Core.Triggers.CallbackLanguages.Qube }] });
        Give(farm, Permission.SubmitJob);
        Assert.Contains("ann lacks the permission submit_callback", farm.SubmitAll([spec]).Refusal, StringComparison.Ordinal);
        Give(farm, Permission.SubmitJob | Permission.SubmitCallback);
        Assert.Null(farm.SubmitAll([spec]).Refusal);
    }

    private static void Give(FarmHarness farm, Permission permissions)
    {
        Assert.Null(farm.Farm.ChangeUser(FarmHarness.Root, Quern.Core.Farms.UserChange.Set, "ann", "", permissions, farm.Now));
        farm.Settle();
    }
}
