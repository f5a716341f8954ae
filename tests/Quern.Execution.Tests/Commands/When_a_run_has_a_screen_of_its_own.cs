using Quern.Execution.Runs;

namespace Quern.Execution.Tests.Commands;

public sealed class When_a_run_has_a_screen_of_its_own(RealMachine machine)
{
    private static Launch Screened(int job, string command, params ItemLease[] items)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/Xvfb"), "needs Xvfb: install the package xvfb");
        return TestFarm.Frames(job, command, items) with { VirtualScreen = "640x480x24" };
    }

    private static int Screens() => Directory.EnumerateDirectories("/proc").Count(folder =>
    {
        try
        {
            return File.ReadAllText(folder + "/comm") == "Xvfb\n" && File.ReadAllText(folder + "/status") is var status && status.Contains("Uid:\t6101\t") && !status.Contains("State:\tZ");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    });

    [Fact]
    public async Task Should_keep_it_from_one_item_to_the_next_though_each_leaves_nothing_running()
    {
        await using var farm = new TestFarm(machine);
        var launch = Screened(9101, "sleep 4712 & xdpyinfo | grep -c dimensions.*640x480; pgrep -c -f '^sleep 4712'; echo $DISPLAY >> $TMPDIR/displays; sort -u $TMPDIR/displays | wc -l", TestFarm.Frame(1), TestFarm.Frame(2), TestFarm.Frame(3));
        Assert.Equal("1\n1\n1\n1\n1\n1\n1\n1\n1\n", await farm.Output(launch, finishes: true));
        Assert.Equal(RunEndCause.Finished, farm.End(launch.Key)!.Cause);
        Assert.Equal(0, Screens());
    }

    [Fact]
    public async Task T63_What_is_written_for_a_run_is_its_accounts_alone()
    {
        await using var farm = new TestFarm(machine);
        var launch = Screened(9104, "find $TMPDIR -mindepth 1 -printf '%u %m %f\\n' | sort", TestFarm.Frame(1)) with { Account = RealMachine.Artist };
        var written = (await farm.Output(launch, finishes: true)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.NotEmpty(written);
        Assert.All(written, line => Assert.Matches($"^{RealMachine.Artist} [4-7]00 ", line));
    }

    [Fact]
    public async Task Should_start_nothing_more_once_it_has_ended()
    {
        await using var farm = new TestFarm(machine);
        var launch = Screened(9102, "p=$(pgrep -U $(id -u) Xvfb); kill -KILL $p; while kill -0 $p 2>/dev/null; do :; done; echo done", TestFarm.Frame(1), TestFarm.Frame(2));
        Assert.Equal("done\n", await farm.Output(launch, finishes: true));
        var end = farm.End(launch.Key)!;
        Assert.Equal(RunEndCause.Refused, end.Cause);
        Assert.Contains("the virtual screen of the run", end.Text, StringComparison.Ordinal);
        Assert.Equal(2, Assert.Single(farm.Bodies<RunItemReleased>(launch.Key)).Item);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Should_end_with_a_run_that_is_killed(bool killsProxy)
    {
        await using var farm = new TestFarm(machine);
        var launch = Screened(9103, "echo ready; sleep 600", TestFarm.Frame(1));
        farm.Host.Start(launch);
        await farm.Until(() => farm.Text(launch.Key) == "ready\n", "the command runs");
        Assert.Equal(1, Screens());
        if (killsProxy)
        {
            using var proxy = System.Diagnostics.Process.GetProcessById(farm.Bodies<RunReady>(launch.Key).Single().Pid);
            proxy.Kill();
        }
        else
        {
            farm.Host.Order(launch.Key, new KillRun("told to", WorkerStopping: false));
        }

        await farm.UntilEnded(launch.Key);
        await farm.Until(() => Screens() == 0, "the screen has ended");
    }

    [Fact]
    public async Task Should_refuse_the_run_when_it_cannot_be_had()
    {
        await using var farm = new TestFarm(machine);
        var launch = Screened(9104, "echo never", TestFarm.Frame(1)) with { VirtualScreen = "nonsense" };
        Assert.Equal("", await farm.Output(launch));
        var end = farm.End(launch.Key)!;
        Assert.Equal(RunEndCause.Refused, end.Cause);
        Assert.Contains("did not open a display", end.Text, StringComparison.Ordinal);
        Assert.Equal(0, Screens());
    }
}
