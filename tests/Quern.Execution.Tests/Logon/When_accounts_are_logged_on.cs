using Quern.Execution.Runs;
using Quern.Execution.Windows.Logon;

namespace Quern.Execution.Tests.Logon;

public sealed class When_accounts_are_logged_on : IDisposable
{
    private readonly LogonHarness _farm = new();

    [Theory]
    [InlineData("ann", "", @"STUDIO\ann")]
    [InlineData("ANN", "STUDIO", @"STUDIO\ann")]
    [InlineData(@"studio\ann", "OTHER", @"STUDIO\ann")]
    [InlineData("ann@studio.example", "OTHER", @"STUDIO\ann")]
    [InlineData("bob", "", @"WIN1\bob")]
    [InlineData(@".\bob", "STUDIO", @"WIN1\bob")]
    [InlineData("bob", ".", @"WIN1\bob")]
    public void Every_way_to_write_an_account_leads_to_it(string name, string domain, string expected)
    {
        using var session = _farm.Session(name, domain: domain);
        Assert.Equal(expected, session.Account);
        Assert.StartsWith("S-1-5-21-", session.Sid);
    }

    [Fact]
    public void A_session_has_profile_and_environment_and_gives_everything_back()
    {
        var first = _farm.Session("ann");
        var second = _farm.Session("ann");
        Assert.Equal((@"C:\Users\ann", "ann"), (first.ProfileFolder, first.Environment["username"]));
        Assert.Equal((2, 1), (_farm.Host.OpenTokens, _farm.Host.Profiles.Count));
        first.Dispose();
        first.Dispose();
        Assert.Equal((1, 1), (_farm.Host.OpenTokens, _farm.Host.Profiles.Count));
        second.Dispose();
        Assert.Equal((0, 0), (_farm.Host.OpenTokens, _farm.Host.Profiles.Count));
    }

    [Fact]
    public void Without_load_profile_none_is_loaded()
    {
        _farm.Policy = _farm.Policy with { LoadsProfile = false };
        using var session = _farm.Session("ann");
        Assert.Equal("", session.ProfileFolder);
        Assert.Empty(_farm.Host.Profiles);
    }

    [Fact]
    public void The_next_kind_is_tried_when_the_right_to_one_is_missing_and_only_then()
    {
        _farm.Ann.Kinds = [LogonKind.Interactive];
        _farm.Session("ann").Dispose();
        Assert.Equal([@"STUDIO\ann Batch 1385", @"STUDIO\ann Interactive 0"], _farm.Host.Tries);

        _farm.Policy = _farm.Policy with { Kinds = LogonPolicy.KindsOf("batch") };
        Assert.Equal("account 'ann' on host 'WIN1' may not be logged on there (batch): give it the right \"Log on as a batch job\" on the host, or set proxy_logon_type", _farm.Refusal("ann"));

        _farm.Host.Tries.Clear();
        _farm.Policy = _farm.Policy with { Kinds = LogonPolicy.KindsOf("batch,interactive,network_cleartext") };
        _farm.Refusal("ann", "wr0ng");
        Assert.Equal([@"STUDIO\ann Batch 1326"], _farm.Host.Tries);
    }

    [Fact]
    public void A_managed_service_account_needs_no_password()
    {
        _farm.Host.Add("STUDIO", "render$", LogonHarness.Domain + "1200");
        using var session = Assert.IsType<LogonGranted>(_farm.LogOn(@"STUDIO\render$", request: null)).Session;
        Assert.Equal(@"STUDIO\render$", session.Account);
        Assert.Equal([@"STUDIO\render$ Service 0"], _farm.Host.Tries);
    }

    [Fact]
    public void A_profile_or_environment_that_cannot_be_had_is_a_refusal_that_leaves_nothing_open()
    {
        _farm.Host.ProfileError = 1500;
        Assert.Contains("its profile cannot be loaded (system error 1500): log in there once as it, or take load_profile out of worker_flags", _farm.Refusal("ann"));
        _farm.Host.ProfileError = 0;
        _farm.Host.EnvironmentError = 8;
        Assert.Contains("its environment cannot be had (system error 8)", _farm.Refusal("ann"));
    }

    [Fact]
    public void A_launch_without_a_word_on_logons_is_refused_with_the_remedy()
    {
        var refused = Assert.IsType<LogonRefused>(_farm.LogOn("ann", request: null));
        Assert.Equal("account 'ann' on host 'WIN1' cannot be logged on, there is no password of it: set proxy_password in qb.conf or qbwrk.conf, as qbhash prints it", refused.Text);
        Assert.Empty(_farm.Host.Tries);
    }

    public void Dispose() => _farm.Dispose();
}
