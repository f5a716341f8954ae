using Quern.Execution.Runs;
using Quern.Protocol.Link;
using Quern.Worker.Core;

namespace Quern.Worker.Tests.Core;

public sealed class When_runs_are_ordered
{
    private static readonly RunKey Run = CoreHarness.Run1;

    [Fact]
    public void Should_start_as_the_proxy_account_with_the_farms_environment()
    {
        var worker = new CoreHarness(local: new() { ["proxy_account"] = "render", ["proxy_nice_value"] = "5" });
        worker.Connect();
        worker.Start(Run, slots: 2, items: [CoreHarness.Frame(0)]);

        var launch = Assert.Single(worker.Host.Launches);
        Assert.Equal(("render", "bob", true, false), (launch.Account, launch.Submitter, launch.IsProxyAccount, launch.IsDesktop));
        Assert.Equal(("/bin/sh", 5, 300), (launch.Shell, launch.NiceValue, launch.ReadoptSeconds));
        Assert.Equal([CoreHarness.Frame(0)], launch.Items);
        var farm = launch.FarmEnvironment;
        Assert.Equal(("12", "0", "12", "2"), (farm["QBJOBID"], farm["QBSUBID"], farm["QBPGRPID"], farm["QB_JOBSLOTS"]));
        Assert.Equal(("/opt/quern", "farm:50001", "bob", "shot", "1", "node-1"), (farm["QBDIR"], farm["QB_SUPERVISOR"], farm["QUERN_SUBMITTER"], farm["QUERN_JOB_NAME"], farm["QUERN_RUN_NUMBER"], farm["QUERN_WORKER"]));
    }

    [Fact]
    public void Should_start_as_the_submitter_in_user_mode_and_as_the_owner_on_a_desktop()
    {
        var user = new CoreHarness(local: new() { ["proxy_execution_mode"] = "user" });
        user.Connect();
        user.Start(Run);
        Assert.Equal(("bob", false, false), (user.Host.Launches[0].Account, user.Host.Launches[0].IsProxyAccount, user.Host.Launches[0].IsDesktop));

        var desktop = new CoreHarness(WorkerMode.Desktop, local: new() { ["proxy_execution_mode"] = "user", ["proxy_account"] = "render" });
        desktop.Connect();
        desktop.Start(Run);
        Assert.Equal(("ann", false, true), (desktop.Host.Launches[0].Account, desktop.Host.Launches[0].IsProxyAccount, desktop.Host.Launches[0].IsDesktop));
        Assert.Equal(("desktop", "interactive", "ann"), (desktop.LastHello.Mode, desktop.LastHello.ProxyMode, desktop.LastHello.Account));
    }

    [Fact]
    public void Should_give_each_slot_its_own_account()
    {
        var worker = new CoreHarness(local: new() { ["proxy_account"] = "render{slot}", ["worker_cpus"] = "3" });
        worker.Connect();
        worker.Start(new RunKey(1, 0, 1));
        worker.Start(new RunKey(1, 1, 1));
        worker.Start(new RunKey(1, 2, 1));
        Assert.Equal(["render0", "render1", "render2"], worker.Host.Launches.Select(launch => launch.Account));
        Assert.All(worker.Host.Launches, launch => Assert.True(launch is { IsSlotAccount: true, IsProxyAccount: true }));

        worker.Append(new RunKey(1, 1, 1), new RunEnded(RunEndCause.Finished, 0, 0, ""));
        worker.End(new RunKey(1, 1, 1));
        worker.Start(new RunKey(2, 0, 1));
        Assert.Equal("render1", worker.Host.Launches[^1].Account);
    }

    [Fact]
    public void Should_count_the_slots_that_a_run_is_given_later_and_tell_it_once()
    {
        var worker = new CoreHarness(local: new() { ["worker_cpus"] = "4" });
        worker.Connect();
        worker.Start(Run, slots: 2);
        var resize = new Order { Resize = new Resize { Key = new InstanceKey { Job = Run.Job, Sub = Run.Sub, Run = Run.Run }, Slots = 3, Allocations = "host.processors=3" } };
        worker.Order(resize, resize);
        worker.Start(CoreHarness.Run2, slots: 2);

        Assert.Equal([(Run, new ResizeRun(3, "host.processors=3"))], worker.Host.Orders);
        Assert.Single(worker.Host.Launches);
    }

    [Fact]
    public void Should_take_a_second_start_as_a_grant_of_what_is_new()
    {
        var worker = new CoreHarness();
        worker.Connect();
        worker.Start(Run, items: [CoreHarness.Frame(0)]);
        worker.Start(Run, items: [CoreHarness.Frame(0), CoreHarness.Frame(1)]);
        worker.Start(Run, items: [CoreHarness.Frame(0), CoreHarness.Frame(1)]);

        Assert.Single(worker.Host.Launches);
        var grant = Assert.IsType<GrantItems>(Assert.Single(worker.Host.Orders).Order);
        Assert.Equal([CoreHarness.Frame(1)], grant.Items);
    }

    [Fact]
    public void Should_not_grant_an_attempt_again_while_its_end_is_on_its_way()
    {
        var worker = new CoreHarness();
        worker.Connect();
        worker.Start(Run, items: [CoreHarness.Frame(0)]);
        worker.Append(Run, new RunItemStarted(0, 1, 5));
        worker.Append(Run, new RunItemEnded(0, 1, ItemEndCause.Exited, 1, 0, "", 1, 1));
        var again = new Order { Grant = new Grant { Key = LinkRecords.Key(Run), Items = { LinkRecords.Lease(CoreHarness.Frame(0)) } } };

        worker.Order(again);
        Assert.Empty(worker.Host.Orders);

        worker.Order(new Order { Grant = new Grant { Key = LinkRecords.Key(Run), Items = { LinkRecords.Lease(CoreHarness.Frame(0, attempt: 2)) } } });
        Assert.Single(worker.Host.Orders);
    }

    [Fact]
    public void Should_grant_again_what_was_lost_before_the_connection()
    {
        var worker = new CoreHarness();
        worker.Connect();
        worker.Start(Run);
        worker.Core.Disconnected();
        worker.Connect();
        worker.Acknowledge(Run, 0);
        worker.Order(new Order { Grant = new Grant { Key = LinkRecords.Key(Run), Items = { LinkRecords.Lease(CoreHarness.Frame(3)) } } });

        Assert.IsType<GrantItems>(Assert.Single(worker.Host.Orders).Order);
    }

    [Fact]
    public void Should_pass_every_kind_of_stop_and_recall()
    {
        var worker = new CoreHarness();
        worker.Connect();
        worker.Start(Run, items: [CoreHarness.Frame(0)]);
        var key = LinkRecords.Key(Run);
        worker.Order(
            new Order { Recall = new Recall { Key = key, Items = { LinkRecords.Lease(CoreHarness.Frame(0)) } } },
            new Order { Stop = new Stop { Key = key, How = StopHow.Finish } },
            new Order { Stop = new Stop { Key = key, How = StopHow.Item, Item = 4, Attempt = 2, Reason = "killed by bob" } },
            new Order { Stop = new Stop { Key = key, How = StopHow.Kill, Reason = "killed by bob" } });

        var orders = worker.Host.Orders.Select(order => order.Order).ToList();
        Assert.Equal([(0, 1)], Assert.IsType<RecallItems>(orders[0]).Items);
        Assert.IsType<FinishRun>(orders[1]);
        Assert.Equal(new KillItem(4, 2, "killed by bob"), orders[2]);
        Assert.Equal(new KillRun("killed by bob", WorkerStopping: false), orders[3]);
    }

    [Fact]
    public void Should_refuse_a_run_it_has_no_room_for_and_deliver_the_refusal()
    {
        var worker = new CoreHarness(commandLine: new() { ["worker_cpus"] = "2" });
        worker.Connect();
        worker.Start(Run, slots: 2);
        worker.Start(CoreHarness.Run2);

        Assert.Single(worker.Host.Launches);
        var ended = worker.Reports().SelectMany(message => message.Reports_).SelectMany(report => report.Facts).Single().InstanceEnded;
        Assert.Equal(InstanceCause.Refused, ended.Cause);
        Assert.Contains("2 of 2 slots are used and the run asks for 1", ended.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Should_give_a_slot_away_as_soon_as_the_end_is_told()
    {
        var worker = new CoreHarness(commandLine: new() { ["worker_cpus"] = "1" });
        worker.Connect();
        worker.Start(Run);
        worker.Append(Run, new RunEnded(RunEndCause.Finished, 0, 0, ""));
        worker.Start(CoreHarness.Run2);

        Assert.Equal(2, worker.Host.Launches.Count);
    }
}
