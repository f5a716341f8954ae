using Quern.Execution.Runs;
using Quern.Protocol.Link;
using Quern.Worker.Core;

namespace Quern.Worker.Tests.Core;

public sealed class When_the_link_comes_and_goes
{
    private static readonly RunKey Run = CoreHarness.Run1;

    [Fact]
    public void Should_say_hello_with_everything_it_holds()
    {
        var worker = new CoreHarness(before: host =>
        {
            host.Add(Run);
            host.Append(Run, new RunReady("quern", 900, 900, 5));
            host.Add(CoreHarness.Run2);
            host.Append(CoreHarness.Run2, new RunEnded(RunEndCause.Finished, 0, 0, ""));
            host.End(CoreHarness.Run2);
        });

        worker.Connect();

        Assert.Equal(LinkLimits.Version, worker.LastHello.Protocol);
        Assert.Equal(("node-1", "service", "proxy", "quern", 4), (worker.LastHello.Name, worker.LastHello.Mode, worker.LastHello.ProxyMode, worker.LastHello.Account, worker.LastHello.Slots));
        Assert.Equal([(12, 0, 10, false), (12, 1, 10, true)], worker.LastHello.Held.Select(held => (held.Key.Job, held.Key.Sub, held.JournalEnd, held.Ended)));
        Assert.Equal(7, worker.Core.WorkerId);
    }

    [Fact]
    public void Should_send_nothing_of_a_held_run_before_its_position_is_acknowledged()
    {
        var worker = new CoreHarness(before: host =>
        {
            host.Add(Run);
            host.Append(Run, new RunReady("quern", 900, 900, 5));
            host.Append(Run, new RunItemStarted(0, 1, 6));
        });

        worker.Connect();
        worker.Append(Run, new RunItemEnded(0, 1, ItemEndCause.Exited, 0, 0, "", 1, 1));
        Assert.Empty(worker.Reports());

        worker.Acknowledge(Run, 20);
        Assert.Equal([30], worker.SentPositions());
    }

    [Fact]
    public void Should_begin_at_zero_with_a_run_started_on_this_connection()
    {
        var worker = new CoreHarness();
        worker.Connect();
        worker.Start(Run);
        worker.Append(Run, new RunReady("quern", 900, 900, 5));

        var report = Assert.Single(Assert.Single(worker.Reports()).Reports_);
        Assert.Equal((0, 10), (report.From, report.Facts[0].Position));
    }

    [Fact]
    public void Should_resend_from_the_acknowledged_position_and_not_more()
    {
        var worker = new CoreHarness();
        worker.Connect();
        worker.Start(Run);
        for (var item = 0; item < 5; item++)
        {
            worker.Append(Run, new RunItemStarted(item, 1, 6));
        }

        worker.Acknowledge(Run, 20);
        worker.SentPositions();

        worker.Core.Disconnected();
        worker.Append(Run, new RunItemStarted(5, 1, 6));
        Assert.Empty(worker.Core.TakeMessages());

        worker.Connect();
        worker.Acknowledge(Run, 20);
        Assert.Equal([30, 40, 50, 60], worker.SentPositions());
        Assert.Contains((Run, 20L), worker.Host.Discards);
    }

    [Fact]
    public void Should_not_send_twice_what_is_in_flight_when_acknowledgements_repeat()
    {
        var worker = new CoreHarness();
        worker.Connect();
        worker.Start(Run);
        worker.Append(Run, new RunReady("quern", 900, 900, 5));
        worker.Append(Run, new RunItemStarted(0, 1, 6));
        Assert.Equal([10], worker.SentPositions());

        worker.Acknowledge(Run, 10);
        Assert.Equal([20], worker.SentPositions());
        worker.Acknowledge(Run, 10);
        worker.Acknowledge(Run, 0);
        worker.Acknowledge(Run, 20);
        worker.Acknowledge(Run, 20);

        Assert.Empty(worker.Reports());
    }

    [Fact]
    public void Should_ignore_orders_about_runs_it_does_not_have()
    {
        var worker = new CoreHarness();
        worker.Connect();
        var key = LinkRecords.Key(new RunKey(99, 0, 1));
        var lease = LinkRecords.Lease(CoreHarness.Frame(0));

        worker.Order(
            new Order { Grant = new Grant { Key = key, Items = { lease } } },
            new Order { Recall = new Recall { Key = key, Items = { lease } } },
            new Order { Stop = new Stop { Key = key, How = StopHow.Kill } },
            new Order { Acknowledge = new Acknowledge { Key = key, Position = 5 } },
            new Order { Forget = new Forget { Key = key } },
            new Order());

        Assert.Empty(worker.Host.Orders);
        Assert.Empty(worker.Host.Launches);
        Assert.Empty(worker.Reports());
    }

    [Fact]
    public void Should_send_heartbeats_only_while_it_serves()
    {
        var worker = new CoreHarness();
        Assert.Null(worker.Core.NextDue);
        worker.Connect();

        worker.Core.Observed(new WorkerVitals(null, 10, 20, [], null, 60));
        worker.Core.Tick(1_000);
        Assert.Equal(20, Assert.Single(worker.Core.TakeMessages()).Heartbeat.FreeDiskBytes);
        worker.Core.Tick(1_001);
        Assert.Empty(worker.Core.TakeMessages());
        Assert.Equal(11_000, worker.Core.NextDue);

        worker.Core.Disconnected();
        worker.Core.Tick(100_000);
        Assert.Empty(worker.Core.TakeMessages());
    }

    [Fact]
    public void Should_keep_a_permanent_refusal_and_forget_it_when_welcomed()
    {
        var worker = new CoreHarness();
        worker.Core.Connected();
        worker.Receive(new SupervisorMessage { Refusal = new Refusal { Text = "revoked", Permanent = true } });
        Assert.Equal("revoked", worker.Core.Refusal);

        worker.Core.Disconnected();
        worker.Core.TakeMessages();
        worker.Connect();
        Assert.Null(worker.Core.Refusal);
    }
}
