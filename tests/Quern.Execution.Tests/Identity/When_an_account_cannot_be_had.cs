using Quern.Execution.Accounts;
using Quern.Execution.Runs;

namespace Quern.Execution.Tests.Identity;

public sealed class When_an_account_cannot_be_had(RealMachine machine)
{
    [Theory]
    [InlineData("root", "is root")]
    [InlineData(RealMachine.RootAlias, "is root")]
    [InlineData(RealMachine.RootGroup, "root's group")]
    [InlineData(RealMachine.Low, "below worker_min_uid")]
    [InlineData(RealMachine.Expired, "has expired")]
    [InlineData(RealMachine.Locked, "is locked")]
    [InlineData("nobody", "uid 65534")]
    [InlineData("qxnosuch", "does not exist")]
    [InlineData("6101", "begins with a digit")]
    [InlineData("0", "begins with a digit")]
    [InlineData("0day", "begins with a digit")]
    [InlineData("-1", "begins with '-'")]
    [InlineData("", "is empty")]
    [InlineData(" qxartist", "holds ' '")]
    [InlineData("qxartist\n", "U+000A")]
    [InlineData("../x", "begins with '.'")]
    [InlineData("x/y", "holds '/'")]
    [InlineData("qx;id", "holds ';'")]
    [InlineData("a:b", "holds ':'")]
    [InlineData("qx\0", "U+0000")]
    [InlineData("kümmel", "U+00FC")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "has 40 characters")]
    public async Task Should_refuse_with_one_sentence_and_start_nothing(string account, string cause)
    {
        await using var farm = new TestFarm(machine);
        var launch = TestFarm.Frames(1, "touch /tmp/qx-must-not-be", TestFarm.Frame(1)) with { Account = account };
        farm.Host.Start(launch);
        await farm.UntilEnded(launch.Key);
        var end = farm.End(launch.Key)!;
        Assert.Equal(RunEndCause.BadLogin, end.Cause);
        Assert.Contains(cause, end.Text);
        Assert.Contains($"host '{Environment.MachineName}'", end.Text);
        Assert.Contains(": ", end.Text);
        Assert.DoesNotContain('\n', end.Text);
        Assert.Equal([new RunItemReleased(1, 1), end], farm.Records(launch.Key).Select(record => record.Body));
        Assert.False(File.Exists("/tmp/qx-must-not-be"));
    }

    [Fact]
    public void Should_let_the_proxy_account_be_low_and_locked()
    {
        Assert.SkipUnless(machine.IsRoot, "needs root");
        Assert.IsType<AccountGranted>(AccountResolver.Resolve(RealMachine.Proxy, new AccountPolicy(), isProxyAccount: true));
        Assert.IsType<AccountRefused>(AccountResolver.Resolve(RealMachine.Proxy, new AccountPolicy(), isProxyAccount: false));
        Assert.IsType<AccountRefused>(AccountResolver.Resolve(RealMachine.Expired, new AccountPolicy(), isProxyAccount: true));
        Assert.IsType<AccountRefused>(AccountResolver.Resolve("root", new AccountPolicy { MinUid = 0, AccountCheck = AccountCheck.None }, isProxyAccount: true));
        Assert.IsType<AccountRefused>(AccountResolver.Resolve(RealMachine.RootAlias, new AccountPolicy { MinUid = 0, AccountCheck = AccountCheck.None }, isProxyAccount: true));
    }

    [Fact]
    public void Should_obey_the_lists_with_denial_first()
    {
        Assert.SkipUnless(machine.IsRoot, "needs root");
        Assert.True(Granted(new AccountPolicy()));
        Assert.False(Granted(new AccountPolicy { DenyUsers = [RealMachine.Artist], AllowUsers = [RealMachine.Artist] }));
        Assert.False(Granted(new AccountPolicy { DenyGroups = ["qxtwo"] }));
        Assert.False(Granted(new AccountPolicy { AllowUsers = [RealMachine.Other] }));
        Assert.True(Granted(new AccountPolicy { AllowUsers = [RealMachine.Other], AllowGroups = ["qxone"] }));
        Assert.False(Granted(new AccountPolicy { ForbiddenUsers = [RealMachine.Artist] }));
        Assert.False(Granted(new AccountPolicy { MinUid = 7000 }));
    }

    [Fact]
    public void Should_warn_of_or_refuse_groups_that_are_root_by_a_detour()
    {
        Assert.SkipUnless(machine.IsRoot, "needs root");
        var warned = Assert.IsType<AccountGranted>(AccountResolver.Resolve(RealMachine.Docker, new AccountPolicy(), isProxyAccount: false));
        Assert.Contains("'shadow'", warned.Warning);
        var denied = AccountResolver.Resolve(RealMachine.Docker, new AccountPolicy { PrivilegedGroups = PrivilegedGroups.Deny }, isProxyAccount: false);
        Assert.Contains("'shadow'", Assert.IsType<AccountRefused>(denied).Text);
    }

    [Fact]
    public async Task Should_refuse_an_environment_that_cannot_be()
    {
        await using var farm = new TestFarm(machine);
        var launch = TestFarm.Launch(1, "true") with { Environment = new Dictionary<string, string> { ["A=B"] = "" } };
        farm.Host.Start(launch);
        await farm.UntilEnded(launch.Key);
        Assert.Equal(RunEndCause.Refused, farm.End(launch.Key)!.Cause);
    }

    [Fact]
    public async Task Should_keep_a_refusal_of_the_worker_itself_over_a_restart()
    {
        await using var farm = new TestFarm(machine);
        var key = new RunKey(5, 0, 1);
        farm.Host.Refuse(key, RunEndCause.Refused, "draining");
        await farm.UntilEnded(key);
        await farm.Restart();
        Assert.Equal("draining", farm.End(key)!.Text);
        Assert.True(farm.Host.Find(key)!.Ended);
    }

    private static bool Granted(AccountPolicy policy) => AccountResolver.Resolve(RealMachine.Artist, policy, isProxyAccount: false) is AccountGranted;
}
