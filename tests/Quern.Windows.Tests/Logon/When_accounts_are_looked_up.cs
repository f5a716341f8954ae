using Microsoft.Win32.SafeHandles;
using Quern.Execution.Windows;
using Quern.Execution.Windows.Logon;

namespace Quern.Windows.Tests.Logon;

public sealed class When_accounts_are_looked_up
{
    private readonly WindowsAccounts _accounts = new();

    [Fact]
    public void A_name_leads_to_its_sid_and_back()
    {
        var account = _accounts.Find(Environment.UserName, out var error);
        Assert.Equal(0, error);
        Assert.True(account!.IsUser);
        Assert.Equal(Environment.UserName, account.Name, ignoreCase: true);
        Assert.StartsWith("S-1-5-21-", account.Sid);
        Assert.Equal(account.Sid, _accounts.FindSid(account.Sid)!.Sid);
    }

    [Fact]
    public void A_name_that_nobody_has_is_an_error_with_a_sentence()
    {
        Assert.Null(_accounts.Find("no-such-account-here", out var error));
        Assert.Equal(LogonErrors.NoSuchAccount, error);
        Assert.Null(_accounts.FindSid("S-1-5-21-1-2-3-4"));
        Assert.Null(_accounts.FindSid("nonsense"));
    }

    [Fact]
    public void Groups_and_the_system_are_no_users()
    {
        Assert.False(_accounts.FindSid(SidRules.Administrators)!.IsUser);
        Assert.False(_accounts.FindSid("S-1-5-18")!.IsUser);
    }

    [Fact]
    public void A_token_tells_its_account_its_groups_and_its_environment()
    {
        using var session = TokenUser.Own();
        using var token = new OwnToken(session.Token);
        var facts = _accounts.Read(token);
        Assert.Equal(_accounts.Find(Environment.UserName, out _)!.Sid, facts.Sid);
        Assert.All(facts.GroupSids, sid => Assert.StartsWith("S-1-", sid));
        Assert.NotEmpty(facts.GroupSids);
        Assert.True(_accounts.Environment(token, out var error)!.ContainsKey("systemroot"), $"error {error}");
        Assert.NotEmpty(_accounts.ProfileFolder(token));
    }

    private sealed class OwnToken(SafeAccessTokenHandle handle) : ILogonToken
    {
        public SafeAccessTokenHandle? Handle => handle;

        public void Dispose()
        {
            // The session's.
        }
    }

    [Fact]
    public unsafe void An_environment_block_is_read_to_its_end()
    {
        fixed (char* block = "=C:=C:\\x\0A=1\0b=two=2\0EMPTY=\0\0AFTER=3\0\0")
        {
            var variables = WindowsAccounts.Variables(block);
            Assert.Equal(["A=1", "EMPTY=", "b=two=2"], variables.Select(pair => $"{pair.Key}={pair.Value}").Order(StringComparer.Ordinal));
            Assert.Equal("1", variables["a"]);
        }
    }
}
