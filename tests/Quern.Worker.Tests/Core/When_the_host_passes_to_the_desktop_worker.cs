using Quern.Execution.Runs;
using Quern.Protocol.Link;
using Quern.Worker.Core;

namespace Quern.Worker.Tests.Core;

public sealed class When_the_host_passes_to_the_desktop_worker
{
    private static readonly RunKey Run = CoreHarness.Run1;

    [Fact]
    public void Should_finish_what_runs_take_nothing_new_and_have_everything_acknowledged()
    {
        var worker = Started();
        worker.Core.YieldRequested(YieldKind.Finish, "ann", 0);
        Assert.True(worker.Core.WantsReconnect);
        worker.Core.Disconnected();
        worker.Connect();
        Assert.True(worker.LastHello.Draining);
        Assert.Equal("ann", worker.LastHello.Properties["yields_to"]);
        worker.Acknowledge(Run, 0);
        worker.Start(CoreHarness.Run2);
        Assert.Single(worker.Host.Launches);
        Assert.Empty(worker.Host.Orders);
        Forget(worker, CoreHarness.Run2);

        var end = worker.Append(Run, new RunEnded(RunEndCause.Finished, 0, 0, ""));
        worker.End(Run);
        worker.Acknowledge(Run, end);
        Assert.False(worker.Core.HasYielded);
        Forget(worker, Run);
        Assert.True(worker.Core.HasYielded);
        Assert.False(worker.Core.IsFinished);
    }

    [Fact]
    public void Should_end_what_runs_when_it_is_to_move()
    {
        var worker = Started();
        worker.Core.YieldRequested(YieldKind.Finish, "ann", 0);
        worker.Core.YieldRequested(YieldKind.Move, "ann", 0);
        var kill = Assert.IsType<KillRun>(Assert.Single(worker.Host.Orders).Order);
        Assert.True(kill.WorkerStopping);
        Assert.Contains("passes to the desktop worker of ann", kill.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Should_say_so_once_when_the_kernel_holds_a_process()
    {
        var worker = Started();
        worker.Core.YieldRequested(YieldKind.Move, "ann", 0);
        worker.Core.Disconnected();
        worker.Core.TakeNotes();
        worker.Core.Tick(worker.Core.NextDue!.Value);
        Assert.True(Assert.Single(worker.Core.TakeNotes()).IsWarning);
        Assert.Null(worker.Core.NextDue);
        Assert.False(worker.Core.HasYielded);
    }

    [Fact]
    public void Should_not_pass_while_the_supervisor_is_away_or_has_not_heard_of_it()
    {
        var worker = new CoreHarness();
        worker.Connect();
        worker.Core.YieldRequested(YieldKind.Finish, "ann", 0);
        worker.Core.RunsChanged(0);
        Assert.False(worker.Core.HasYielded);
        worker.Core.Disconnected();
        Assert.False(worker.Core.HasYielded);
        worker.Connect();
        Assert.True(worker.Core.HasYielded);
    }

    [Fact]
    public void Should_serve_again_when_it_is_taken_back()
    {
        var worker = new CoreHarness();
        worker.Connect();
        worker.Core.YieldRequested(YieldKind.Finish, "ann", 0);
        worker.Core.Disconnected();
        worker.Connect();
        Assert.True(worker.Core.HasYielded);
        worker.Core.Disconnected();
        worker.Core.TakenBack();
        worker.Connect();
        Assert.False(worker.Core.HasYielded);
        Assert.False(worker.LastHello.Draining);
        Assert.DoesNotContain("yields_to", worker.LastHello.Properties.Keys);
        worker.Start(Run);
        Assert.Single(worker.Host.Launches);
    }

    [Fact]
    public void Should_see_a_run_out_that_it_had_to_refuse()
    {
        var worker = new CoreHarness();
        worker.Connect();
        worker.Core.YieldRequested(YieldKind.Finish, "ann", 0);
        worker.Core.Disconnected();
        worker.Connect();
        Assert.True(worker.Core.HasYielded);
        worker.Start(Run);
        Assert.Empty(worker.Host.Launches);
        Assert.False(worker.Core.HasYielded);
        Forget(worker, Run);
        Assert.True(worker.Core.HasYielded);
    }

    [Fact]
    public void Should_go_on_when_it_is_taken_back_before_it_has_passed()
    {
        var worker = Started();
        worker.Core.YieldRequested(YieldKind.Finish, "ann", 0);
        worker.Core.Disconnected();
        worker.Connect();
        worker.Core.TakenBack();
        Assert.True(worker.Core.WantsReconnect);
        Assert.Empty(worker.Host.Orders);
    }

    [Fact]
    public void Should_stop_when_it_is_told_to_while_the_host_is_lent()
    {
        var worker = new CoreHarness();
        worker.Connect();
        worker.Core.YieldRequested(YieldKind.Finish, "ann", 0);
        worker.Core.Disconnected();
        worker.Connect();
        worker.Core.Disconnected();
        worker.Core.StopRequested(StopKind.Drain, 0);
        Assert.True(worker.Core.IsFinished);
    }

    private static void Forget(CoreHarness worker, RunKey run) => worker.Order(new Order { Forget = new Forget { Key = LinkRecords.Key(run) } });

    private static CoreHarness Started()
    {
        var worker = new CoreHarness();
        worker.Connect();
        worker.Start(Run);
        worker.Core.TakeMessages();
        return worker;
    }
}
