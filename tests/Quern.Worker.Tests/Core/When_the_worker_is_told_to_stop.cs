using Quern.Execution.Runs;
using Quern.Protocol.Link;
using Quern.Worker.Core;

namespace Quern.Worker.Tests.Core;

public sealed class When_the_worker_is_told_to_stop
{
    private static readonly RunKey Run = CoreHarness.Run1;

    [Fact]
    public void Restart_should_leave_the_runs_alone()
    {
        var worker = Started();
        worker.Core.StopRequested(StopKind.Restart, 0);
        Assert.True(worker.Core.IsFinished);
        Assert.Empty(worker.Host.Orders);
    }

    [Fact]
    public void Drain_should_tell_the_supervisor_wait_for_the_runs_and_deliver_them()
    {
        var worker = Started();
        worker.Core.StopRequested(StopKind.Drain, 0);
        Assert.True(worker.Core.WantsReconnect);
        Assert.False(worker.Core.IsFinished);

        worker.Core.Disconnected();
        worker.Connect();
        Assert.True(worker.LastHello.Draining);
        worker.Acknowledge(Run, 0);
        worker.Start(CoreHarness.Run2);
        Assert.Single(worker.Host.Launches);
        worker.Acknowledge(CoreHarness.Run2, 10);

        var end = worker.Append(Run, new RunEnded(RunEndCause.Finished, 0, 0, ""));
        worker.End(Run);
        Assert.False(worker.Core.IsFinished);
        worker.Acknowledge(Run, end);
        Assert.True(worker.Core.IsFinished);
    }

    [Fact]
    public void Kill_should_end_every_run_and_deliver_what_they_say()
    {
        var worker = Started();
        worker.Core.StopRequested(StopKind.Kill, 0);
        Assert.True(Assert.IsType<KillRun>(Assert.Single(worker.Host.Orders).Order).WorkerStopping);
        Assert.True(worker.Core.WantsReconnect);
        worker.Core.Disconnected();
        worker.Connect();
        Assert.True(worker.LastHello.Draining);
        worker.Acknowledge(Run, 0);

        var end = worker.Append(Run, new RunEnded(RunEndCause.WorkerStopped, 0, 15, ""));
        worker.End(Run);
        Assert.False(worker.Core.IsFinished);
        Assert.Equal(0, worker.Core.NextDue);
        worker.Acknowledge(Run, end);
        Assert.True(worker.Core.IsFinished);
    }

    [Fact]
    public void Kill_should_not_wait_for_a_supervisor_that_is_away()
    {
        var worker = Started();
        worker.Core.Disconnected();
        worker.Core.StopRequested(StopKind.Kill, 0);
        worker.Append(Run, new RunEnded(RunEndCause.WorkerStopped, 0, 15, ""));
        Assert.False(worker.Core.IsFinished);
        worker.End(Run);
        Assert.True(worker.Core.IsFinished);
    }

    [Fact]
    public void Kill_should_stop_waiting_for_a_supervisor_that_does_not_acknowledge()
    {
        var worker = Started();
        worker.Core.StopRequested(StopKind.Kill, 5_000);
        worker.Append(Run, new RunEnded(RunEndCause.WorkerStopped, 0, 15, ""));
        worker.End(Run);

        worker.Core.Tick(6_000);
        Assert.False(worker.Core.IsFinished);
        Assert.Equal(6_000 + WorkerCore.DeliveryMs, worker.Core.NextDue);
        worker.Core.Tick(6_000 + WorkerCore.DeliveryMs);
        Assert.True(worker.Core.IsFinished);
    }

    [Fact]
    public void Kill_should_give_up_on_a_process_that_the_kernel_holds()
    {
        var worker = Started();
        worker.Core.StopRequested(StopKind.Kill, 0);
        worker.Core.Disconnected();
        Assert.NotNull(worker.Core.NextDue);
        worker.Core.Tick(worker.Core.NextDue!.Value);
        Assert.True(worker.Core.IsFinished);
    }

    [Fact]
    public void Kill_should_override_drain_and_nothing_override_kill()
    {
        var worker = Started();
        worker.Core.StopRequested(StopKind.Drain, 0);
        worker.Core.StopRequested(StopKind.Kill, 0);
        worker.Core.StopRequested(StopKind.Drain, 0);
        worker.Core.StopRequested(StopKind.Kill, 0);
        worker.Core.StopRequested(StopKind.Restart, 0);

        Assert.Single(worker.Host.Orders);
        Assert.False(worker.Core.IsFinished);
    }

    [Fact]
    public void Stop_should_end_an_idle_worker_at_once()
    {
        var worker = new CoreHarness();
        worker.Connect();
        worker.Core.StopRequested(StopKind.Drain, 0);
        Assert.True(worker.Core.IsFinished);
    }

    private static CoreHarness Started()
    {
        var worker = new CoreHarness();
        worker.Connect();
        worker.Start(Run);
        worker.Core.TakeMessages();
        return worker;
    }
}
