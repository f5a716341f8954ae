using System.Text.Json.Nodes;

namespace Quern.CrowdBench;

/// <summary>The supervisor as a whole, over the real link and its real store, certificates and commits as in a studio. A figure a line.</summary>
internal sealed class CrowdBench(CrowdSize size)
{
    private const int Jobs = 20;
    private const int ItemsOfJob = 1_000_000;
    private readonly string _program = Path.Combine(Root(), "out", "bin", "quern-supervisor");

    /// <summary>Items of no length, on a farm that has nothing else and on one with a long queue and many finished jobs.</summary>
    public async Task RateAsync(int pairs)
    {
        var (empty, full) = (new List<double>(), new List<double>());
        for (var pair = 0; pair < pairs; pair++)
        {
            var supervisor = await SupervisorProcess.StartAsync(_program).ConfigureAwait(false);
            await using (supervisor.ConfigureAwait(false))
            {
                var crowd = await Crowd.JoinAsync(supervisor, size.Workers).ConfigureAwait(false);
                await using (crowd.ConfigureAwait(false))
                {
                    empty.Add(await RateOfAsync(supervisor, crowd, "crowd.rate.empty").ConfigureAwait(false));
                    await FillAsync(supervisor, crowd).ConfigureAwait(false);
                    full.Add(await RateOfAsync(supervisor, crowd, "crowd.rate.full").ConfigureAwait(false));
                }
            }
        }

        Figures.Say("crowd.rate", Figures.Percentile(empty, 0.5), "items/s, the median");
        Figures.Say("crowd.rate.ratio", Figures.Percentile([.. empty.Zip(full, (one, other) => other / one)], 0.5), "of it with a long queue and many finished jobs");
    }

    /// <summary>From the report of an item's end to the grant of the next one, at a pace that the farm can keep.</summary>
    public async Task LatencyAsync()
    {
        var supervisor = await SupervisorProcess.StartAsync(_program).ConfigureAwait(false);
        await using (supervisor.ConfigureAwait(false))
        {
            var crowd = await Crowd.JoinAsync(supervisor, size.Workers).ConfigureAwait(false);
            await using (crowd.ConfigureAwait(false))
            {
                crowd.ItemMs = size.Workers * 1000 / size.PacedItems;
                var jobs = await supervisor.SubmitAsync(Enumerable.Range(0, Jobs).Select(_ => Job())).ConfigureAwait(false);
                await Task.Delay(TimeSpan.FromSeconds(size.Seconds)).ConfigureAwait(false);
                var (before, cpu, own) = (crowd.Durable, supervisor.ProcessorSeconds, Environment.CpuUsage.TotalTime);
                var took = await crowd.LatenciesAsync(size.Seconds).ConfigureAwait(false);
                Figures.Say("crowd.latency.rate", (crowd.Durable - before) / (double)size.Seconds, $"items/s of {crowd.ItemMs / 2} to {crowd.ItemMs * 3 / 2} ms");
                Figures.Say("crowd.latency.cpu", (supervisor.ProcessorSeconds - cpu) / size.Seconds, "processors of the supervisor");
                Figures.Say("crowd.latency.crowd", (Environment.CpuUsage.TotalTime - own).TotalSeconds / size.Seconds, "processors of the simulated workers");
                Figures.Say("crowd.latency.p50", Figures.Percentile(took, 0.5), "ms from an item's report to the next item");
                Figures.Say("crowd.latency.p99", Figures.Percentile(took, 0.99), $"ms, of {took.Count}");
                await supervisor.ActAsync("kill", jobs).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Workers that are there and have nothing to do.</summary>
    public async Task IdleAsync()
    {
        var supervisor = await SupervisorProcess.StartAsync(_program).ConfigureAwait(false);
        await using (supervisor.ConfigureAwait(false))
        {
            var alone = supervisor.ResidentMegabytes;
            var crowd = await Crowd.JoinAsync(supervisor, size.IdleWorkers).ConfigureAwait(false);
            await using (crowd.ConfigureAwait(false))
            {
                await Task.Delay(TimeSpan.FromSeconds(size.Seconds)).ConfigureAwait(false);
                var cpu = supervisor.ProcessorSeconds;
                await Task.Delay(TimeSpan.FromSeconds(size.Seconds * 4)).ConfigureAwait(false);
                Figures.Say("crowd.idle.workers", size.IdleWorkers, "connected");
                Figures.Say("crowd.idle.cpu", (supervisor.ProcessorSeconds - cpu) / (size.Seconds * 4) * 100, "% of one processor");
                Figures.Say("crowd.idle.resident", supervisor.ResidentMegabytes, "MB");
                Figures.Say("crowd.idle.worker", (supervisor.ResidentMegabytes - alone) * 1000 / size.IdleWorkers, "KB a worker");
            }
        }
    }

    private async Task<double> RateOfAsync(SupervisorProcess supervisor, Crowd crowd, string name)
    {
        crowd.ItemMs = 0;
        var begun = crowd.Durable;
        var jobs = await supervisor.SubmitAsync(Enumerable.Range(0, Jobs).Select(_ => Job())).ConfigureAwait(false);
        await Task.Delay(TimeSpan.FromSeconds(size.Seconds / 3.0)).ConfigureAwait(false);
        var (before, cpu) = (crowd.Durable, supervisor.ProcessorSeconds);
        await Task.Delay(TimeSpan.FromSeconds(size.Seconds)).ConfigureAwait(false);
        var items = crowd.Durable - before;
        Figures.Say(name, items / (double)size.Seconds, "items/s finished and durable");
        Figures.Say($"{name}.cpu", (supervisor.ProcessorSeconds - cpu) / items * 1e6, "us of the supervisor's processor time an item");

        var counted = crowd.Durable - begun;
        var complete = await supervisor.CompleteItemsAsync(jobs).ConfigureAwait(false);
        if (complete < counted)
        {
            throw new InvalidOperationException($"the supervisor has acknowledged {counted} items and lists {complete} as complete");
        }

        await supervisor.ActAsync("kill", jobs).ConfigureAwait(false);
        await supervisor.ActAsync("remove", jobs).ConfigureAwait(false);
        return items / (double)size.Seconds;
    }

    private async Task FillAsync(SupervisorProcess supervisor, Crowd crowd)
    {
        const int AtOnce = 100;
        const int ItemsEach = 1000;
        crowd.ItemMs = 0;
        var before = crowd.RunsEnded;
        for (var done = 0; done < size.Finished; done += AtOnce)
        {
            await supervisor.SubmitAsync(Enumerable.Range(0, AtOnce).Select(_ => Command())).ConfigureAwait(false);
        }

        while (crowd.RunsEnded - before < size.Finished)
        {
            await Task.Delay(100).ConfigureAwait(false);
        }

        for (var done = 0; done < size.Queued / ItemsEach; done += AtOnce)
        {
            await supervisor.SubmitAsync(Enumerable.Range(0, AtOnce).Select(_ => Range(ItemsEach, instances: 10, priority: 9000))).ConfigureAwait(false);
        }
    }

    private JsonObject Job() => Range(ItemsOfJob, size.Workers / Jobs, priority: 100);

    private static JsonObject Range(int items, int instances, int priority) => new()
    {
        ["name"] = "crowd", ["prototype"] = "cmdrange", ["package"] = new JsonObject { ["cmdline"] = "render QB_FRAME_NUMBER" }, ["range"] = $"1-{items}", ["cpus"] = instances, ["priority"] = priority, ["cwd"] = "/tmp",
    };

    private static JsonObject Command() => new()
    {
        ["name"] = "crowd", ["prototype"] = "cmdline", ["package"] = new JsonObject { ["cmdline"] = "true" }, ["cpus"] = 1, ["priority"] = 10, ["cwd"] = "/tmp",
    };

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Quern.slnx")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("this program stands outside of its project; run bench/crowd");
        }

        return folder;
    }
}
