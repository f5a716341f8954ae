using Quern.Execution.Runs;
using Quern.Execution.Windows.Logon;
using Quern.Execution.Windows.Secrets;
using Quern.Secrets;

namespace Quern.Execution.Tests.Logon;

public sealed class When_a_password_is_wrong : IDisposable
{
    private readonly LogonHarness _farm = new();

    [Fact]
    public void It_is_tried_once_and_then_rests_with_the_same_sentence()
    {
        var first = _farm.Refusal("ann", "wr0ng");
        Assert.Equal("account 'ann' on host 'WIN1' was not logged on, the name or the password is wrong; it is not tried again for 5 minutes: run 'qblogin' as ann", first);
        for (var at = 0; at < 10; at++)
        {
            Assert.True(Assert.IsType<LogonRefused>(_farm.LogOn("ann", "wr0ng")).IsWrongPassword);
            Assert.Equal(first, _farm.Refusal(@"STUDIO\ann", "wr0ng").Replace(@"STUDIO\ann", "ann", StringComparison.Ordinal));
        }

        Assert.Single(_farm.Host.Tries);
        Assert.Equal(1, _farm.Ann.WrongTries);
    }

    [Fact]
    public void Another_one_is_tried_at_once_and_the_same_after_the_rest()
    {
        _farm.Refusal("ann", "wr0ng");
        _farm.Session("ann").Dispose();
        Assert.Equal(2, _farm.Host.Tries.Count);
        _farm.Refusal("ann", "wr0ng");
        Assert.Equal(3, _farm.Host.Tries.Count);
        _farm.Time.Advance(RefusedPasswords.Rest - TimeSpan.FromSeconds(1));
        _farm.Refusal("ann", "wr0ng");
        Assert.Equal(3, _farm.Host.Tries.Count);
        _farm.Time.Advance(TimeSpan.FromSeconds(2));
        _farm.Refusal("ann", "wr0ng");
        Assert.Equal(4, _farm.Host.Tries.Count);
    }

    [Fact]
    public async Task Many_slots_at_once_try_it_once()
    {
        await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(() => Assert.IsType<LogonRefused>(_farm.LogOn("ann", "wr0ng")))));
        Assert.Single(_farm.Host.Tries);
    }

    [Fact]
    public async Task A_logon_that_hangs_holds_up_its_own_account_alone()
    {
        using var entered = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        _farm.Host.OnTry = account =>
        {
            if (account.Name == "ann")
            {
                entered.Set();
                release.Wait(TimeSpan.FromSeconds(30));
            }
        };
        var hanging = Task.Run(() => _farm.LogOn("ann"));
        Assert.True(entered.Wait(TimeSpan.FromSeconds(30)));
        Assert.Contains("an earlier logon of it still waits for its domain's controller", Assert.IsType<LogonRefused>(_farm.LogOn("ann")).Text);
        Assert.IsType<LogonGranted>(_farm.LogOn("bob")).Session.Dispose();
        release.Set();
        Assert.IsType<LogonGranted>(await hanging).Session.Dispose();
    }

    [Fact]
    public void Other_accounts_are_not_held_up_and_other_errors_are_tried_again()
    {
        _farm.Refusal("ann", "wr0ng");
        _farm.Session("bob").Dispose();
        _farm.Bob.Error = 1311;
        _farm.Refusal("bob");
        _farm.Bob.Error = 0;
        _farm.Session("bob").Dispose();
    }

    [Fact]
    public void A_kept_password_serves_the_account_it_is_of_and_no_other()
    {
        using var secret = Secret.OfChars("hunter2");
        var place = StoredPassword.Store(_farm.Lsa, "proxy_password", @".\bob", secret);
        Assert.Equal("lsa:proxy_password", place);
        Assert.IsType<LogonGranted>(_farm.LogOn("bob", Request(place, "bob"))).Session.Dispose();
        Assert.Equal("account 'ann' on host 'WIN1' cannot be logged on, its password cannot be used, what is kept as 'proxy_password' is of account 'bob', not of 'ann': make it anew", Text("ann", place));
        Assert.Throws<ArgumentException>(() => StoredPassword.Store(_farm.Lsa, "a/b", "bob", secret));
    }

    [Theory]
    [InlineData("", "there is no password of it: make it anew")]
    [InlineData("hunter3", "it is neither sealed nor a place of this host: make it anew")]
    [InlineData("lsa:nothing", "there is none of the name 'nothing' on this host: make it anew")]
    [InlineData("lsa:other", "what is kept as 'other' is none of Quern's: make it anew")]
    [InlineData("dpapi:nothing", "the disk is gone: make it anew")]
    [InlineData("sealed:1:0123456789abcdef:bob:AAAA", "it is not a whole sealed password: make it anew")]
    public void What_cannot_be_used_is_said_without_being_quoted(string password, string expected)
    {
        _farm.Lsa.Put("other", "somebody else's");
        _farm.Dpapi.Failure = "the disk is gone";
        var text = Text("bob", password);
        Assert.EndsWith(expected, text);
        Assert.DoesNotContain("hunter3", text);
        Assert.Empty(_farm.Host.Tries);
    }

    private string Text(string account, string password) => Assert.IsType<LogonRefused>(_farm.LogOn(account, Request(password, account))).Text;

    private static LogonRequest Request(string password, string account) => new("", password, account, SealedFor.Proxy, "make it anew");

    public void Dispose() => _farm.Dispose();
}
