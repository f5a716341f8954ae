using Quern.Execution.Windows.Logon;

namespace Quern.Execution.Tests.Logon;

public sealed class When_logons_are_refused : IDisposable
{
    private readonly LogonHarness _farm = new();

    /// <summary>Every error that LogonUserW is known to answer with.</summary>
    public static TheoryData<int> Errors => [5, 1311, 1314, 1326, 1327, 1328, 1329, 1330, 1331, 1355, 1385, 1396, 1398, 1722, 1787, 1789, 1792, 1793, 1907, 1909, 1935, 87];

    [Theory, MemberData(nameof(Errors))]
    public void Each_error_is_a_sentence_with_cause_and_remedy(int error)
    {
        _farm.Ann.Error = error;
        var refused = Assert.IsType<LogonRefused>(_farm.LogOn("ann"));
        Assert.StartsWith("account 'ann' on host 'WIN1' ", refused.Text);
        Assert.Contains(": ", refused.Text["account 'ann' on host 'WIN1' ".Length..]);
        Assert.Equal(error == 1326, refused.IsWrongPassword);
        Assert.Single(_farm.Host.Tries, tried => tried.EndsWith($"Batch {error}", StringComparison.Ordinal));
    }

    [Fact]
    public void No_two_errors_have_the_same_sentence()
    {
        var texts = Errors.Select(row => LogonErrors.Explain(row.Data, "run 'qblogin'", "batch")).ToList();
        Assert.DoesNotContain(texts.GroupBy(text => text), group => group.Count() > 1 && !group.Key.Contains("do not trust", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("nobody", "", "is not known there: create it, correct its name, or set worker_host_domain")]
    [InlineData("ann", "GONE", "cannot be logged on, its domain cannot be found: correct worker_host_domain")]
    [InlineData("artists", "", @"is STUDIO\artists, which is no user's account")]
    [InlineData("a/b", "", "has a name that Windows does not allow")]
    [InlineData(@"a\b\c", "", @"has a name that is not of the form DOMAIN\user")]
    [InlineData(@"\ann", "", @"has a name that is not of the form DOMAIN\user")]
    [InlineData(@"ann\", "", @"has a name that is not of the form DOMAIN\user")]
    public void A_name_that_leads_nowhere_is_never_tried(string name, string domain, string expected)
    {
        Assert.Contains(expected, _farm.Refusal(name, domain: domain));
        Assert.Empty(_farm.Host.Tries);
    }

    [Theory]
    [InlineData("SYSTEM", "S-1-5-18", "is LocalSystem")]
    [InlineData("LOCAL SERVICE", "S-1-5-19", "is LocalService")]
    [InlineData("NETWORK SERVICE", "S-1-5-20", "is NetworkService")]
    [InlineData("Chef", LogonHarness.Local + "500", "is the built-in Administrator")]
    [InlineData("Chef", LogonHarness.Domain + "500", "is the built-in Administrator")]
    [InlineData("Gast", LogonHarness.Local + "501", "is the built-in Guest")]
    [InlineData("krbtgt", LogonHarness.Domain + "502", "is the key account of its domain")]
    [InlineData("MSSQL", "S-1-5-80-1-2-3-4-5", "is no account of people or jobs")]
    public void The_systems_own_accounts_never_run_jobs_whatever_their_name(string name, string sid, string expected)
    {
        _farm.Policy = _farm.Policy with { AllowsAdministrators = true };
        _farm.Host.Add("WIN1", name, sid, "hunter2");
        Assert.Contains(expected, _farm.Refusal(name));
        Assert.Empty(_farm.Host.Tries);
    }

    [Fact]
    public void An_administrator_runs_jobs_only_where_the_host_says_so()
    {
        _farm.Ann.GroupSids.Add(SidRules.Administrators);
        Assert.Contains("is a member of Administrators: take it out of the group", _farm.Refusal("ann"));
        _farm.Policy = _farm.Policy with { AllowsAdministrators = true };
        _farm.Session("ann").Dispose();
    }

    [Fact]
    public void The_hosts_lists_count_by_sid()
    {
        _farm.Policy = new LogonPolicy { DenyUsers = [@"studio\ANN"] };
        Assert.Contains("is in worker_deny_users", _farm.Refusal("ann"));
        _farm.Policy = new LogonPolicy { AllowUsers = ["bob"] };
        Assert.Contains("is not in worker_allow_users", _farm.Refusal("ann"));
        Assert.Empty(_farm.Host.Tries);
        _farm.Session("bob").Dispose();

        _farm.Policy = new LogonPolicy { AllowUsers = ["bob"], AllowGroups = ["artists"] };
        Assert.Contains("is in neither worker_allow_users nor worker_allow_groups", _farm.Refusal("ann"));
        _farm.Ann.GroupSids.Add(LogonHarness.Artists);
        _farm.Session("ann").Dispose();
        _farm.Session("bob").Dispose();
        _farm.Policy = new LogonPolicy { DenyGroups = ["artists"] };
        Assert.Contains("is in group 'artists' of worker_deny_groups", _farm.Refusal("ann"));
    }

    [Fact]
    public void A_listed_name_that_cannot_be_looked_up_denies_and_does_not_allow()
    {
        _farm.Policy = new LogonPolicy { DenyUsers = [@"GONE\ann", "ann"] };
        Assert.Contains("is in worker_deny_users", _farm.Refusal("ann"));
        _farm.Policy = new LogonPolicy { AllowUsers = [@"GONE\ann"] };
        Assert.Contains("is not in worker_allow_users", _farm.Refusal("ann"));
    }

    [Fact]
    public void A_token_of_somebody_else_is_closed_and_refused()
    {
        _farm.Ann.LogsOnAs = LogonHarness.Local + "1001";
        Assert.Contains("and not as", _farm.Refusal("ann"));
    }

    public void Dispose() => _farm.Dispose();
}
