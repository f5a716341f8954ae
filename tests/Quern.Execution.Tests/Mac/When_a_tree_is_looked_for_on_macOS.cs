using Quern.Execution.Containment;
using Quern.Execution.Mac.Native;
using Quern.Proxy;
using Quern.Proxy.Mac;

namespace Quern.Execution.Tests.Mac;

public sealed class When_a_tree_is_looked_for_on_macOS
{
    private const int Proxy = 100;
    private const uint Artist = 501;
    private readonly Dictionary<int, string> _markers = [];
    private List<ProcessFacts> _table = [];

    [Fact]
    public void Should_find_descendants_sessions_and_markers_and_nobody_else()
    {
        _table = [One(Proxy, 1, 90), One(200, Proxy, 200), One(201, 200, 200), One(202, 1, 200), One(203, 1, 203), One(204, 1, 204), One(205, 1, 205), One(206, 1, 206, uid: 502)];
        (_markers[203], _markers[204], _markers[206]) = ("7.0.1@farm", "7.0.2@farm", "7.0.1@farm");
        var tree = Tree(isSlotAccount: false);
        tree.Started(200);
        Assert.Equal([200, 201, 202, 203], tree.Living().Select(process => process.Pid));
    }

    [Fact]
    public void Should_know_again_what_left_its_parent_and_its_session()
    {
        _table = [One(Proxy, 1, 90), One(200, Proxy, 200), One(201, 200, 200), One(202, 200, 200)];
        var tree = Tree(isSlotAccount: false);
        tree.Started(200);
        Assert.Equal(3, tree.Living().Count);
        _table = [One(Proxy, 1, 90), One(201, 1, 201), One(202, 1, 202, start: 9)];
        Assert.Equal([201], tree.Living().Select(process => process.Pid));
    }

    [Fact]
    public void Should_count_no_zombie_and_not_itself()
    {
        _table = [One(Proxy, 1, 90), One(200, Proxy, 200) with { State = 'Z' }];
        Assert.Empty(Tree(isSlotAccount: false).Living());
    }

    [Fact]
    public void Should_take_all_of_an_account_that_is_the_slots_alone()
    {
        _table = [One(Proxy, 1, 90), One(300, 1, 300), One(301, 1, 301, uid: 502)];
        Assert.Equal([300], Tree(isSlotAccount: true).Living().Select(process => process.Pid));
    }

    [Fact]
    public void Should_read_what_the_event_queue_says()
    {
        Assert.Equal(RunEvents.Told, MacRun.EventOf(LibSystem.Event.Adding(15, LibSystem.EVFILT_SIGNAL), 5, 6));
        Assert.Equal(RunEvents.Ended, MacRun.EventOf(LibSystem.Event.Adding(LibSystem.SIGCHLD, LibSystem.EVFILT_SIGNAL), 5, 6));
        Assert.Equal(RunEvents.Ended, MacRun.EventOf(LibSystem.Event.Adding(200, LibSystem.EVFILT_PROC), 5, 6));
        Assert.Equal(RunEvents.Output, MacRun.EventOf(LibSystem.Event.Adding(5, LibSystem.EVFILT_READ), 5, 6));
        Assert.Equal(RunEvents.Error, MacRun.EventOf(LibSystem.Event.Adding(6, LibSystem.EVFILT_READ), 5, 6));
        Assert.Equal(RunEvents.Line, MacRun.EventOf(LibSystem.Event.Adding(3, LibSystem.EVFILT_READ), 5, 6));
    }

    private static ProcessFacts One(int pid, int parent, int session, uint uid = Artist, long start = 1) => new(pid, parent, session, start, 'R', uid);

    private MacTree Tree(bool isSlotAccount)
    {
        var envelope = When_root_is_given_up_on_macOS.Envelope();
        return new MacTree(envelope with { Launch = envelope.Launch with { IsSlotAccount = isSlotAccount } }, () => _table, pid => _markers.GetValueOrDefault(pid), Proxy);
    }
}
