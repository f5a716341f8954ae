using System.Diagnostics;
using Quern.Execution.Native;
using Quern.Execution.Runs;

namespace Quern.Execution.Tests.Measuring;

/// <summary>Items per second through one run, beside a bare posix_spawn loop in the same minutes. Run with <c>--explicit only</c>; nothing is asserted.</summary>
public sealed class Start_rate(RealMachine machine)
{
    private const int Items = 1500;
    private const int Rounds = 4;

    [Fact(Explicit = true)]
    public async Task Compare()
    {
        for (var round = 0; round < Rounds; round++)
        {
            var bare = Bare();
            var before = Process.GetCurrentProcess().TotalProcessorTime;
            var run = await Run();
            var cost = (Process.GetCurrentProcess().TotalProcessorTime - before).TotalMicroseconds / Items;
            Console.Error.WriteLine($"bare {bare:F0}/s, run {run:F0}/s, ratio {run / bare:F3}, worker {cost:F0} us of CPU an item");
        }
    }

    private static unsafe double Bare()
    {
        using var arguments = new NativeStrings(["/bin/sh", "-c", "true"]);
        using var environment = new NativeStrings(["PATH=/usr/bin:/bin"]);
        var nothing = LibC.open("/dev/null", LibC.O_RDWR | LibC.O_CLOEXEC, 0);
        var high = LibC.fcntl(nothing, LibC.F_DUPFD_CLOEXEC, 10);
        using var plan = new SpawnPlan([high, high, high], null, 0);
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < Items; i++)
        {
            plan.Start(arguments.Pointers[0], arguments.Pointers, environment.Pointers, out var pid);
            int status;
            LibC.ResourceUsage usage;
            _ = LibC.wait4(pid, &status, 0, &usage);
        }

        var rate = Items / clock.Elapsed.TotalSeconds;
        _ = LibC.close(nothing);
        _ = LibC.close(high);
        return rate;
    }

    private async Task<double> Run()
    {
        await using var farm = new TestFarm(machine);
        var launch = TestFarm.Frames(1, "true", [.. Enumerable.Range(1, Items).Select(number => TestFarm.Frame(number))]);
        farm.Host.Start(launch);
        farm.Host.Order(launch.Key, new FinishRun());
        await farm.UntilEnded(launch.Key);
        var records = farm.Records(launch.Key);
        var first = records.First(record => record.Body is RunItemStarted).UnixMs;
        var last = records.Last(record => record.Body is RunItemEnded).UnixMs;
        return Items * 1000.0 / (last - first);
    }
}
