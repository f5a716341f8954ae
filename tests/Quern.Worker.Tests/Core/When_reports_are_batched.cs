using Quern.Execution.Runs;
using Quern.Protocol.Link;
using Quern.Worker.Core;

namespace Quern.Worker.Tests.Core;

public sealed class When_reports_are_batched
{
    private static readonly RunKey Run = CoreHarness.Run1;

    [Fact]
    public void Should_send_a_single_report_at_once()
    {
        var worker = Started();
        worker.Append(Run, new RunItemStarted(0, 1, 5));
        Assert.Equal([10], worker.SentPositions());
    }

    [Fact]
    public void Should_have_no_more_in_flight_than_the_limit_and_gather_the_rest()
    {
        var worker = Started();
        for (var item = 0; item < 10; item++)
        {
            worker.Append(Run, new RunItemStarted(item, 1, 5));
        }

        Assert.Equal([10], worker.SentPositions());

        worker.Acknowledge(Run, 10);
        var rest = Assert.Single(worker.Reports());
        Assert.Equal([20, 30, 40, 50, 60, 70, 80, 90, 100], Assert.Single(rest.Reports_).Facts.Select(fact => fact.Position));
    }

    [Fact]
    public void Should_gather_what_is_not_urgent_for_a_moment()
    {
        var worker = StartedWith(5);
        worker.Core.Tick(0);
        worker.Append(Run, new RunItemStarted(0, 1, 5));
        worker.Order(Counted(10));
        worker.Append(Run, new RunItemEnded(0, 1, ItemEndCause.Exited, 0, 0, "", 1, 1));
        worker.Append(Run, new RunItemStarted(1, 1, 5));
        Assert.Equal([10], worker.SentPositions());
        Assert.Equal(WorkerCore.PaceMs, worker.Core.NextDue);

        worker.Core.Tick(WorkerCore.PaceMs);
        Assert.Equal([20, 30], worker.SentPositions());
    }

    [Fact]
    public void Should_say_at_once_that_a_run_has_only_its_last_item()
    {
        var worker = StartedWith(2);
        worker.Append(Run, new RunItemStarted(0, 1, 5));
        worker.Order(Counted(10));
        worker.Append(Run, new RunOutput(0, 1, false, new byte[5]));
        Assert.Equal([10], worker.SentPositions());

        worker.Append(Run, new RunItemEnded(0, 1, ItemEndCause.Exited, 0, 0, "", 1, 1));
        Assert.Equal([20, 30], worker.SentPositions());
    }

    [Fact]
    public void Should_say_at_once_that_a_run_ended()
    {
        var worker = StartedWith(0);
        worker.Append(Run, new RunReady("bob", 1000, 1000, 5));
        worker.Order(Counted(10));
        worker.Append(Run, new RunOutput(-1, 0, false, new byte[5]));
        Assert.Equal([10], worker.SentPositions());

        worker.End(Run);
        Assert.Equal([20], worker.SentPositions());
    }

    [Fact]
    public void Should_not_pause_while_there_is_more_than_a_message_takes()
    {
        var worker = Started();
        for (var chunk = 0; chunk < 40; chunk++)
        {
            worker.Host.Append(Run, new RunOutput(0, 1, false, new byte[LinkLimits.OutputBytes]));
        }

        worker.Core.RunsChanged(worker.Now);
        var first = worker.SentPositions();
        worker.Order(Counted(first[^1]));
        Assert.NotEmpty(worker.SentPositions());
    }

    [Fact]
    public void Should_count_a_message_as_delivered_when_all_its_runs_are()
    {
        var worker = Started();
        worker.Start(CoreHarness.Run2);
        Fill(worker);
        worker.Append(Run, new RunItemStarted(10, 1, 5));
        worker.Append(CoreHarness.Run2, new RunItemStarted(0, 1, 5));
        Assert.Empty(worker.Reports());

        worker.Acknowledge(Run, 10);
        var both = Assert.Single(worker.Reports());
        Assert.Equal(2, both.Reports_.Count);

        worker.Append(Run, new RunItemStarted(99, 1, 5));
        worker.Acknowledge(Run, 20);
        Assert.Empty(worker.Reports());

        worker.Acknowledge(CoreHarness.Run2, 10);
        Assert.Single(worker.Reports());
    }

    [Fact]
    public void Should_go_on_when_facts_are_counted_and_keep_what_is_not_on_disk_there()
    {
        var worker = Started();
        worker.Append(Run, new RunOutput(0, 1, false, new byte[10]));
        worker.Append(Run, new RunItemStarted(1, 1, 5));
        Assert.Equal([10], worker.SentPositions());

        worker.Now += WorkerCore.PaceMs;
        worker.Order(new Order { Acknowledge = new Acknowledge { Key = LinkRecords.Key(Run), Position = 0, Counted = 10 } });
        Assert.Equal([20], worker.SentPositions());
        Assert.DoesNotContain(worker.Host.Discards, discard => discard.Item2 > 0);
    }

    [Fact]
    public void Should_not_wait_for_a_forgotten_run()
    {
        var worker = Started();
        Fill(worker);
        worker.Start(CoreHarness.Run2);
        worker.Append(CoreHarness.Run2, new RunItemStarted(0, 1, 5));
        Assert.Empty(worker.Reports());

        worker.Order(new Order { Forget = new Forget { Key = LinkRecords.Key(Run) } });

        Assert.Single(worker.Reports());
        Assert.Equal([Run], worker.Host.Forgotten);
    }

    [Fact]
    public void Should_keep_messages_under_the_limit_whatever_a_run_prints()
    {
        var worker = new CoreHarness();
        worker.Connect();
        worker.Start(Run);
        var sent = 0L;
        for (var chunk = 0; chunk < 40; chunk++)
        {
            worker.Host.Append(Run, new RunOutput(0, 1, false, new byte[LinkLimits.OutputBytes]));
        }

        // Larger than any proxy writes: a fact that must still fit.
        var end = worker.Host.Append(Run, new RunOutput(0, 1, false, new byte[3 * LinkLimits.MessageBytes]));
        worker.Core.RunsChanged(worker.Now);
        var messages = 0;
        while (sent < end)
        {
            foreach (var message in worker.Reports())
            {
                messages++;
                Assert.Equal(sent, message.Reports_[0].From);
                sent = message.Reports_[^1].Facts[^1].Position;
            }

            worker.Acknowledge(Run, sent);
        }

        Assert.InRange(messages, 20, 41);
    }

    [Fact]
    public void Should_take_turns_between_a_loud_and_a_quiet_run()
    {
        var worker = Started();
        worker.Start(CoreHarness.Run2);
        for (var chunk = 0; chunk < 100; chunk++)
        {
            worker.Host.Append(Run, new RunOutput(0, 1, false, new byte[LinkLimits.OutputBytes]));
        }

        worker.Host.Append(CoreHarness.Run2, new RunItemStarted(0, 1, 5));
        worker.Core.RunsChanged(worker.Now);

        Assert.Contains(worker.Reports().SelectMany(message => message.Reports_), report => report.Key.Sub == CoreHarness.Run2.Sub);
    }

    private static CoreHarness Started() => StartedWith(0);

    private static CoreHarness StartedWith(int items)
    {
        var worker = new CoreHarness();
        worker.Connect();
        worker.Start(Run, items: [.. Enumerable.Range(0, items).Select(item => CoreHarness.Frame(item))]);
        return worker;
    }

    private static Order Counted(long position) => new() { Acknowledge = new Acknowledge { Key = LinkRecords.Key(Run), Position = position, Counted = position } };

    private static void Fill(CoreHarness worker, int messages = WorkerCore.MostInFlight)
    {
        for (var item = 0; item < messages; item++)
        {
            worker.Append(Run, new RunItemStarted(item, 1, 5));
        }

        Assert.Equal(messages, worker.Reports().Count);
    }
}
