using System.Diagnostics;
using System.Globalization;
using Quern.Execution.Containment;
using Quern.Execution.Native;
using Quern.Execution.Runs;

namespace Quern.Execution.Tests.Measuring;

/// <summary>What a run costs on its host, without supervisor and link. Figures for `bench/run host`, a line each on standard error; nothing is asserted.</summary>
public sealed class Run_host(RealMachine machine)
{
    private const int Rounds = 5;

    private static bool IsQuick => Environment.GetEnvironmentVariable("QUERN_BENCH_QUICK") is not null;

    private static void Say(string name, double value, string unit) => Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"figure {name} {value:F3} {unit}"));

    private static double Median(IEnumerable<double> values) => Share(values, 0.5);

    private static double Share(IEnumerable<double> values, double share)
    {
        var ordered = values.Order().ToList();
        return ordered[(int)Math.Round(share * (ordered.Count - 1))];
    }

    /// <summary>From the order until the worker knows that the proxy is the account.</summary>
    [Fact(Explicit = true)]
    public async Task Start_of_an_instance()
    {
        await using var farm = new TestFarm(machine);
        var times = new List<double>();
        for (var round = 0; round < (IsQuick ? 20 : 200); round++)
        {
            var launch = TestFarm.Frames(round + 1, "true");
            await farm.Until(() => farm.Host.ReadyProxy is not null, "a proxy waits");
            var begun = Stopwatch.GetTimestamp();
            farm.Host.Start(launch);
            await farm.Until(() => farm.Bodies<RunReady>(launch.Key).Any(), "it is the account");
            times.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
            farm.Host.Order(launch.Key, new FinishRun());
            await farm.UntilEnded(launch.Key);
            farm.Host.Forget(launch.Key);
        }

        Say("host.start.p50", Median(times), "ms from the order to the account held");
        Say("host.start.p99", Share(times, 0.99), "ms");
    }

    /// <summary>One slot: start and end of an item by a running proxy, beside a posix_spawn loop of the same shell line.</summary>
    [Fact(Explicit = true)]
    public async Task Command_through_the_proxy()
    {
        var count = IsQuick ? 200 : 1500;
        var ratios = new List<double>();
        var costs = new List<double>();
        for (var round = 0; round < Rounds; round++)
        {
            var bare = Bare(count);
            var ours = await Items(count);
            costs.Add(1000 / ours);
            ratios.Add(bare / ours);
        }

        Say("host.command", Median(costs), "ms from one item's start to the next one's");
        Say("host.command.ratio", Median(ratios), "of sh -c true under posix_spawn");
    }

    /// <summary>A thousand processes, half of them in sessions of their own, until the host says that nothing is left.</summary>
    [Fact(Explicit = true)]
    public async Task Kill_of_a_thousand()
    {
        var times = new List<double>();
        for (var round = 0; round < (IsQuick ? 2 : 10); round++)
        {
            await using var farm = new TestFarm(machine);
            var mark = $"97{Environment.ProcessId}{round}";
            var launch = TestFarm.Launch(1, $"i=0; while [ $i -lt 500 ]; do sleep {mark} & setsid sleep {mark} & i=$((i+1)); done; wait") with { KillGraceSeconds = 0 };
            farm.Host.Start(launch);
            await farm.Until(() => ProcessTable.All().Count(process => ProcessTable.CommandLine(process.Pid).Contains(mark, StringComparison.Ordinal)) > 1000, "all of them run");
            var begun = Stopwatch.GetTimestamp();
            farm.Host.Order(launch.Key, new KillRun("enough", WorkerStopping: false));
            await farm.UntilEnded(launch.Key);
            times.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
        }

        Say("host.kill.p50", Median(times), "ms for a tree of 1,000 processes, to its last record");
        Say("host.kill.max", times.Max(), "ms");
    }

    /// <summary>What 64 instances take that wait for an item: proxies alone, each page shared by all of them counted once.</summary>
    [Fact(Explicit = true)]
    public async Task Memory_of_idle_instances()
    {
        const int count = 64;
        await using var farm = new TestFarm(machine);
        var launches = Enumerable.Range(1, count).Select(job => TestFarm.Frames(job, "true", TestFarm.Frame(1))).ToList();
        launches.ForEach(farm.Host.Start);
        await farm.Until(() => launches.TrueForAll(launch => farm.Bodies<RunItemEnded>(launch.Key).Any()), "each has run an item and waits");
        var pids = launches.Select(launch => farm.Bodies<RunReady>(launch.Key).First().Pid).ToList();
        Say("host.idle.resident", pids.Sum(pid => Kilobytes(pid, "Rss:")) / 1024, $"MB of {count} idle instances, shared pages counted each time");
        Say("host.idle.own", pids.Sum(pid => Kilobytes(pid, "Pss:")) / 1024, "MB, shared pages divided among those that share them");
    }

    private static double Kilobytes(int pid, string name) =>
        double.Parse(File.ReadLines($"/proc/{pid}/smaps_rollup").First(line => line.StartsWith(name, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);

    /// <summary>Processes a second.</summary>
    private static unsafe double Bare(int count)
    {
        using var arguments = new NativeStrings(["/bin/sh", "-c", "true"]);
        using var environment = new NativeStrings(["PATH=/usr/bin:/bin"]);
        var nothing = LibC.open("/dev/null", LibC.O_RDWR | LibC.O_CLOEXEC, 0);
        var high = LibC.fcntl(nothing, LibC.F_DUPFD_CLOEXEC, 10);
        using var plan = new SpawnPlan([high, high, high], null, 0);
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < count; i++)
        {
            plan.Start(arguments.Pointers[0], arguments.Pointers, environment.Pointers, out var pid);
            int status;
            LibC.ResourceUsage usage;
            _ = LibC.wait4(pid, &status, 0, &usage);
        }

        var rate = count / clock.Elapsed.TotalSeconds;
        _ = LibC.close(nothing);
        _ = LibC.close(high);
        return rate;
    }

    /// <summary>Items a second.</summary>
    private async Task<double> Items(int count)
    {
        await using var farm = new TestFarm(machine);
        var launch = TestFarm.Frames(1, "true", [.. Enumerable.Range(1, count).Select(number => TestFarm.Frame(number))]);
        farm.Host.Start(launch);
        farm.Host.Order(launch.Key, new FinishRun());
        await farm.UntilEnded(launch.Key);
        var records = farm.Records(launch.Key);
        var first = records.First(record => record.Body is RunItemStarted).UnixMs;
        var last = records.Last(record => record.Body is RunItemEnded).UnixMs;
        return count * 1000.0 / (last - first);
    }
}
