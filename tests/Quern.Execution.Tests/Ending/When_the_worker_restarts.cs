using System.Diagnostics;
using Quern.Execution.Runs;

namespace Quern.Execution.Tests.Ending;

public sealed class When_the_worker_restarts(RealMachine machine)
{
    [Fact]
    public async Task Should_take_back_the_run_and_lose_nothing()
    {
        await using var farm = new TestFarm(machine);
        var go = "/tmp/qx-" + Path.GetRandomFileName();
        var launch = TestFarm.Frames(1, $"echo begin QB_FRAME_NUMBER; [ QB_FRAME_NUMBER = 1 ] && while [ ! -e {go} ]; do sleep 0.02; done; echo end QB_FRAME_NUMBER", TestFarm.Frame(1), TestFarm.Frame(2));
        farm.Host.Start(launch);
        await farm.Until(() => farm.Text(launch.Key).Contains("begin 1", StringComparison.Ordinal), "it runs");
        var pid = farm.Bodies<RunItemStarted>(launch.Key).Single().Pid;
        await farm.Restart();
        Assert.False(farm.Host.Find(launch.Key)!.Ended);
        farm.Host.Order(launch.Key, new GrantItems([TestFarm.Frame(3), TestFarm.Frame(2)]));
        farm.Host.Order(launch.Key, new FinishRun());
        Assert.NotNull(Process.GetProcessById(pid));
        File.WriteAllText(go, "");
        await farm.UntilEnded(launch.Key);
        Assert.Equal([1, 2, 3], farm.Bodies<RunItemEnded>(launch.Key).Select(item => item.Item));
        Assert.Equal(pid, farm.Bodies<RunItemStarted>(launch.Key).First().Pid);
        Assert.Equal("begin 1\nend 1\nbegin 2\nend 2\nbegin 3\nend 3\n", farm.Text(launch.Key));
        File.Delete(go);
    }

    [Fact]
    public async Task Should_find_what_ended_meanwhile()
    {
        await using var farm = new TestFarm(machine);
        var launch = TestFarm.Launch(1, "echo done; exit 5");
        farm.Host.Start(launch);
        await farm.UntilEnded(launch.Key);
        await farm.Restart();
        var held = farm.Host.Find(launch.Key)!;
        Assert.True(held.Ended);
        Assert.Equal(farm.Records(launch.Key)[^1].Position, held.JournalEnd);
        Assert.Equal(5, farm.End(launch.Key)!.ExitCode);
    }

    [Fact]
    public async Task Should_finish_the_journal_of_a_proxy_that_died_meanwhile()
    {
        await using var farm = new TestFarm(machine);
        var launch = TestFarm.Frames(1, "sleep 987654", TestFarm.Frame(1), TestFarm.Frame(2));
        farm.Host.Start(launch);
        await farm.Until(() => farm.Bodies<RunItemStarted>(launch.Key).Any(), "it runs");
        var (proxy, command) = (farm.Bodies<RunReady>(launch.Key).Single().Pid, farm.Bodies<RunItemStarted>(launch.Key).Single().Pid);
        await farm.Host.DisposeAsync();
        Process.GetProcessById(proxy).Kill();
        await farm.Restart();
        await farm.UntilEnded(launch.Key);
        Assert.Equal(ItemEndCause.Lost, farm.Bodies<RunItemEnded>(launch.Key).Single().Cause);
        Assert.Equal(RunEndCause.ProxyLost, farm.End(launch.Key)!.Cause);
        await farm.Until(() => !Directory.Exists($"/proc/{command}") || File.ReadAllText($"/proc/{command}/stat").Contains(") Z"), "the command is gone");
    }

    [Fact]
    public async Task Should_end_by_itself_when_nobody_takes_it_back()
    {
        await using var farm = new TestFarm(machine);
        var launch = TestFarm.Launch(1, "sleep 987655") with { ReadoptSeconds = 1 };
        farm.Host.Start(launch);
        await farm.Until(() => farm.Bodies<RunReady>(launch.Key).Any(), "it runs");
        var proxy = Process.GetProcessById(farm.Bodies<RunReady>(launch.Key).Single().Pid);
        await farm.Host.DisposeAsync();
        await farm.Until(() => !Directory.Exists($"/proc/{proxy.Id}") || File.ReadAllText($"/proc/{proxy.Id}/stat").Contains(") Z"), "the proxy gave up");
        await farm.Restart();
        await farm.UntilEnded(launch.Key);
        Assert.Equal(RunEndCause.WorkerStopped, farm.End(launch.Key)!.Cause);
    }

    [Fact]
    public async Task Should_not_answer_a_stranger_at_the_socket()
    {
        await using var farm = new TestFarm(machine);
        var launch = TestFarm.Launch(1, "sleep 987656");
        farm.Host.Start(launch);
        await farm.Until(() => farm.Bodies<RunReady>(launch.Key).Any(), "it runs");
        using var socket = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Unspecified);
        await socket.ConnectAsync(new System.Net.Sockets.UnixDomainSocketEndPoint(Path.Combine(farm.Folder, "run", "knock.sock")));
        Assert.Equal(0, await socket.ReceiveAsync(new byte[16]));
        Assert.False(farm.Host.Find(launch.Key)!.Ended);
    }
}
