using Quern.Execution.Accounts;
using Quern.Execution.Control;
using Quern.Execution.Runs;
using Quern.Proxy.Mac;

namespace Quern.Execution.Tests.Mac;

/// <summary>The order of the calls and what is made of their answers, over a kernel that only remembers.</summary>
public sealed class When_root_is_given_up_on_macOS
{
    private static readonly Account Artist = new("artist", 501, 20, [12, 20, 61], "/Users/artist", "/bin/zsh");
    private readonly List<string> _calls = [];

    [Fact]
    public void Should_change_group_groups_and_account_in_this_order_and_prove_it()
    {
        Assert.Null(MacDrop.Become(Envelope(), Kernel()));
        Assert.Equal(["setgid 20", "initgroups artist 20", "setuid 501", "ids", "groups", "regain"], _calls);
    }

    [Fact]
    public void Should_stop_at_the_call_that_fails()
    {
        var refusal = MacDrop.Become(Envelope(), Kernel() with { InitGroups = (_, _) => -1 });
        Assert.Equal(RunEndCause.BadLogin, refusal!.Cause);
        Assert.Contains("'artist'", refusal.Text, StringComparison.Ordinal);
        Assert.Contains("step initgroups", refusal.Text, StringComparison.Ordinal);
        Assert.Equal(["setgid 20"], _calls);
    }

    [Fact]
    public void Should_refuse_when_the_kernel_says_otherwise()
    {
        Assert.Contains("other ids", MacDrop.Become(Envelope(), Kernel() with { Ids = () => (501, 0, 20, 20) })!.Text, StringComparison.Ordinal);
        Assert.Contains("other groups", MacDrop.Become(Envelope(), Kernel() with { Groups = () => [20, 12, 61, 0] })!.Text, StringComparison.Ordinal);
        Assert.Contains("other groups", MacDrop.Become(Envelope(), Kernel() with { Groups = () => [20, 12] })!.Text, StringComparison.Ordinal);
        Assert.Contains("root could be regained", MacDrop.Become(Envelope(), Kernel() with { CanRegainRoot = () => true })!.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Should_take_that_the_kernel_holds_sixteen_of_many_groups()
    {
        var many = Artist with { Groups = [.. Enumerable.Range(100, 40).Select(group => (uint)group)] };
        Assert.Null(MacDrop.Become(Envelope(many), Kernel() with { Groups = () => [20, .. many.Groups.Take(15)] }));
        Assert.Contains("other groups", MacDrop.Become(Envelope(many), Kernel() with { Groups = () => [20, 7] })!.Text, StringComparison.Ordinal);
    }

    private SystemCalls Kernel() => new(
        gid => Called($"setgid {gid}"), (name, gid) => Called($"initgroups {name} {gid}"), uid => Called($"setuid {uid}"),
        () => (501u + (uint)Called("ids"), 501, 20, 20), () => Called("groups") == 0 ? [20, 12, 61] : null, () => Called("regain") != 0);

    private int Called(string call)
    {
        _calls.Add(call);
        return 0;
    }

    internal static LaunchEnvelope Envelope(Account? account = null) =>
        new(TestFarm.Launch(7, "true"), account ?? Artist, [], "", "", "7.0.1@farm", LaunchGuard.None, "/private/tmp/quern-7", []);
}
