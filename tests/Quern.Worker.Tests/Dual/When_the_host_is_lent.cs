using Quern.Worker.Core;
using Quern.Worker.Dual;

namespace Quern.Worker.Tests.Dual;

/// <summary>Dual mode, the service worker's side.</summary>
public sealed class When_the_host_is_lent
{
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task Should_yield_at_login_lend_when_asked_and_take_back_when_the_connection_closes()
    {
        await using var machine = new LendingHarness();
        machine.Lender.SessionChanged(true);
        await machine.HolderAsync("passing");
        await machine.DrainAsync();
        Assert.Equal(0, machine.Service.LetGo);
        var ask = machine.Ask();
        await machine.HolderAsync("desktop");
        await machine.SaidAsync("lent");
        Assert.Equal(1, machine.Service.LetGo);
        var line = machine.Said.Single(line => line.State == "lent");
        Assert.Equal(("node-1", 7, "farm:50001"), (line.Name, line.WorkerId, line.Supervisor));
        Assert.Equal(0, machine.Service.TakenBack);

        machine.Lender.SessionChanged(false);
        ask.Leave();
        await machine.HolderAsync("service");
        await LendingHarness.UntilAsync(() => machine.Service.TakenBack == 1, "it serves again");
        Assert.Single(machine.Service.Yields);
    }

    [Fact]
    public async Task Should_not_lend_before_everything_is_drained()
    {
        await using var machine = new LendingHarness();
        var ask = machine.Ask();
        await machine.SaidAsync("waiting");
        await machine.HolderAsync("passing");
        machine.Clock.Advance(TimeSpan.FromHours(10));
        Assert.Equal(0, machine.Count("lent"));
        await machine.DrainAsync();
        await machine.HolderAsync("desktop");
        ask.Leave();
        await machine.HolderAsync("service");
    }

    [Theory]
    [InlineData(YieldKind.Finish)]
    [InlineData(YieldKind.Move)]
    public async Task Should_treat_what_runs_as_the_setting_says(object items)
    {
        await using var machine = new LendingHarness { Items = (YieldKind)items };
        machine.Lender.SessionChanged(true);
        await machine.HolderAsync("passing");
        await LendingHarness.UntilAsync(() => machine.Service.Yields.Count == 1, "it yields");
        Assert.Equal((YieldKind)items, machine.Service.Yields[0]);
    }

    [Fact]
    public async Task Should_serve_again_and_say_so_when_nobody_asks()
    {
        await using var machine = new LendingHarness();
        machine.Lender.SessionChanged(true);
        await machine.HolderAsync("passing");
        await machine.DrainAsync();
        machine.Clock.Advance(HostLender.AskPatience);
        await machine.HolderAsync("service");
        Assert.Contains("no desktop worker of theirs asked for it within 60 s", machine.Lender.View.Why, StringComparison.Ordinal);
        await LendingHarness.UntilAsync(() => machine.Lines.Has("warn  ann is logged in, but"), "it is logged");
        await LendingHarness.UntilAsync(() => machine.Service.TakenBack == 1, "it serves again");

        // A later one gets it all the same.
        machine.Ask();
        await machine.HolderAsync("passing");
        await machine.DrainAsync();
        await machine.HolderAsync("desktop");
    }

    [Fact]
    public async Task Should_serve_again_when_the_session_goes_before_anybody_asked()
    {
        await using var machine = new LendingHarness();
        machine.Lender.SessionChanged(true);
        await machine.HolderAsync("passing");
        machine.Lender.SessionChanged(false);
        await machine.HolderAsync("service");
        await LendingHarness.UntilAsync(() => machine.Service.TakenBack == 1, "it serves again");
    }

    [Fact]
    public async Task Should_take_the_host_back_from_one_that_hangs_after_the_logout()
    {
        await using var machine = new LendingHarness();
        var ask = await LentAsync(machine, withSession: true);
        machine.Lender.SessionChanged(false);
        machine.Clock.Advance(HostLender.LogoutGrace - Moment);
        Assert.False(ask.Over.IsCompleted);
        for (var second = 0; second < 3 && !ask.Over.IsCompleted; second++)
        {
            machine.Clock.Advance(Moment);
        }

        await LendingHarness.UntilAsync(
            () =>
            {
                // The lender may not have looked at the clock yet.
                machine.Clock.Advance(Moment);
                return ask.Over.IsCompleted;
            },
            "the connection is closed");
        await machine.HolderAsync("service");
        Assert.Contains("did not end", machine.Lender.View.Why, StringComparison.Ordinal);

        // It may live on and ask: only the next login gives it the host.
        machine.Ask(isHeard: false);
        machine.Lender.SessionChanged(true);
        machine.Ask();
    }

    [Fact]
    public async Task Should_leave_it_where_the_connection_alone_decides()
    {
        await using var machine = new LendingHarness();
        var ask = await LentAsync(machine, withSession: false);
        machine.Lender.SessionChanged(false);
        machine.Clock.Advance(HostLender.LogoutGrace * 3);
        Assert.False(ask.Over.IsCompleted);
        Assert.Equal("desktop", machine.Lender.View.Holder);
    }

    [Fact]
    public async Task Should_renew_the_certificate_before_it_is_over_and_try_again_when_it_cannot()
    {
        await using var machine = new LendingHarness();
        await LentAsync(machine, withSession: false);
        await AdvanceUntilAsync(machine, TimeSpan.FromMinutes(1), () => machine.Count("lent") == 2);
        machine.Refusal = "the supervisor is away";
        await AdvanceUntilAsync(machine, TimeSpan.FromMinutes(1), () => machine.Lines.Has("is not renewed: the supervisor is away"));
        machine.Refusal = null;
        await AdvanceUntilAsync(machine, TimeSpan.FromMinutes(1), () => machine.Count("lent") == 3);
        Assert.Equal("desktop", machine.Lender.View.Holder);
    }

    [Fact]
    public async Task Should_refuse_a_second_one_and_take_it_when_the_first_has_gone()
    {
        await using var machine = new LendingHarness();
        var first = await LentAsync(machine, withSession: false);
        machine.Ask(pid: 2, isHeard: false);
        first.Leave();
        machine.Ask(pid: 2);
        await machine.DrainAsync();
        await machine.SaidAsync("lent", times: 2);
    }

    [Fact]
    public async Task Should_give_nothing_up_while_the_supervisor_gives_no_certificate()
    {
        await using var machine = new LendingHarness { Refusal = "the supervisor cannot be reached" };
        var ask = machine.Ask();
        await machine.SaidAsync("refused");
        await ask.Over.WaitAsync(LendingHarness.Patience);
        Assert.Equal("the supervisor cannot be reached", machine.Said.Single().Text);
        Assert.Empty(machine.Service.Yields);
    }

    [Fact]
    public async Task Should_serve_again_when_the_supervisor_changes_its_mind_at_the_last_moment()
    {
        await using var machine = new LendingHarness();
        machine.Ask();
        await machine.SaidAsync("waiting");
        machine.Refusal = "the supervisor is gone";
        await machine.DrainAsync();
        await machine.SaidAsync("refused");
        await machine.HolderAsync("service");
    }

    private static async Task<LoanAsk> LentAsync(LendingHarness machine, bool withSession)
    {
        if (withSession)
        {
            machine.Lender.SessionChanged(true);
        }

        var ask = machine.Ask();
        await machine.DrainAsync();
        await machine.HolderAsync("desktop");
        await machine.SaidAsync("lent");
        return ask;
    }

    private static Task AdvanceUntilAsync(LendingHarness machine, TimeSpan step, Func<bool> condition) => LendingHarness.UntilAsync(
        () =>
        {
            machine.Clock.Advance(step);
            return condition();
        },
        "in time");
}
