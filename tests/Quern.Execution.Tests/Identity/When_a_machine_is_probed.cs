using Quern.Execution.SelfTests;

namespace Quern.Execution.Tests.Identity;

/// <summary>The probes of <c>quern worker selftest</c>, by the numbers of docs/identity-tests.md, as an account with two more groups.</summary>
public sealed class When_a_machine_is_probed(RealMachine machine)
{
    [Fact] public Task T01_Real_effective_and_saved_ids() => HoldsAsync(1);

    [Fact] public Task T02_Exactly_the_accounts_groups() => HoldsAsync(2);

    [Fact] public Task T04_Root_cannot_be_regained() => HoldsAsync(4);

    [Fact] public Task T05_No_capabilities() => HoldsAsync(5);

    [Fact] public Task T06_No_new_privileges() => HoldsAsync(6);

    [Fact] public Task T10_Files_and_umask() => HoldsAsync(10);

    [Fact] public Task T13_Names_of_root() => HoldsAsync(13);

    [Fact] public Task T14_Nobody_and_low_accounts() => HoldsAsync(14);

    [Fact] public Task T15_Unknown_users() => HoldsAsync(15);

    [Fact] public Task T16_No_account_names() => HoldsAsync(16);

    [Fact] public Task T35_Injection_by_environment() => HoldsAsync(35);

    [Fact] public Task T36_The_whole_environment() => HoldsAsync(36);

    [Fact] public Task T37_Variables_that_cannot_be() => HoldsAsync(37);

    [Fact] public Task T38_Descriptors() => HoldsAsync(38);

    [Fact] public Task T40_Session_and_terminal() => HoldsAsync(40);

    [Fact] public Task T41_Signals() => HoldsAsync(41);

    [Fact] public Task T42_Limits() => HoldsAsync(42);

    [Fact] public Task T43_Nice_value_and_score() => HoldsAsync(43);

    [Fact] public Task T44_Directories_of_root() => HoldsAsync(44);

    [Fact] public Task T45_Programs_of_root() => HoldsAsync(45);

    [Fact] public Task T46_The_jobs_own_path() => HoldsAsync(46);

    [Fact] public Task T47_Trees_that_hide() => HoldsAsync(47);

    [Fact] public Task T50_Leaving_the_group() => HoldsAsync(50);

    [Fact] public Task T51_Changing_the_group() => HoldsAsync(51);

    [Fact] public Task T52_Frozen_trees() => HoldsAsync(52);

    [Fact] public Task T53_Leftovers_are_ended_and_counted() => HoldsAsync(53);

    [Fact] public Task T54_Grace_with_each_step_in_the_history() => HoldsAsync(54);

    [Fact] public Task T55_Readoption() => HoldsAsync(55);

    [Fact] public Task T56_A_proxy_killed_by_its_job() => HoldsAsync(56);

    [Fact] public Task T57_The_proxy_is_closed() => HoldsAsync(57);

    [Fact] public Task T64_Output_without_end_of_line() => HoldsAsync(64);

    [Fact]
    public async Task A_probe_that_does_not_hold_names_what_was_seen_and_the_remedy()
    {
        Assert.SkipUnless(machine.IsRoot, "needs root");
        var found = Assert.Single(await SelfTest.RunAsync(Options(2) with { ProxyPath = "/nonexistent/quern-proxy" }, _ => { }));
        Assert.Equal(ProbeStatus.Failed, found.Status);
        Assert.Contains("/nonexistent/quern-proxy", found.Text);
        Assert.NotEmpty(found.Remedy);
    }

    [Fact]
    public async Task An_account_that_cannot_be_had_is_said_once_and_the_refusals_are_still_probed()
    {
        Assert.SkipUnless(machine.IsRoot, "needs root");
        var found = await SelfTest.RunAsync(Options(1) with { Account = RealMachine.Expired, Only = [1, 13, 47] }, _ => { });
        Assert.Equal([(0, ProbeStatus.Failed), (1, ProbeStatus.NotPossible), (13, ProbeStatus.Passed), (47, ProbeStatus.NotPossible)], found.Select(result => (result.Number, result.Status)));
        Assert.Contains("has expired", found[0].Text);
    }

    private SelfTestOptions Options(int number) => new() { ProxyPath = machine.ProxyPath, Account = RealMachine.Artist, Only = [number] };

    private async Task HoldsAsync(int number)
    {
        Assert.SkipUnless(machine.IsRoot, "needs root: real accounts are used");
        var found = Assert.Single(await SelfTest.RunAsync(Options(number), _ => { }));
        Assert.SkipWhen(found.Status == ProbeStatus.NotPossible, found.Text);
        Assert.True(found.Status == ProbeStatus.Passed, $"{found.Number} {found.Title}: {found.Text}");
    }
}
