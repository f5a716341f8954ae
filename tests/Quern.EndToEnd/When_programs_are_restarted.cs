using Quern.EndToEnd.Harness;

namespace Quern.EndToEnd;

/// <summary>Under load, in order and by force: every item ends complete exactly once, and what ended does not run again.</summary>
public sealed class When_programs_are_restarted
{
    [Fact]
    public async Task Should_go_on_after_a_supervisors_restart()
    {
        await using var farm = await FarmOnDisk.StartAsync();
        long job = await LoadAsync(farm, 60);
        await SomeDoneAsync(farm, job, 10);
        await farm.TerminateAsync("supervisor");
        await farm.StartSupervisorAsync();
        await FinishedAsync(farm, job, 60);
    }

    [Fact]
    public async Task Should_go_on_after_a_workers_restart()
    {
        await using var farm = await FarmOnDisk.StartAsync();
        long job = await LoadAsync(farm, 60);
        await SomeDoneAsync(farm, job, 10);
        await farm.TerminateAsync("worker");
        await farm.StartWorkerAsync();
        await FinishedAsync(farm, job, 60);
    }

    [Theory]
    [InlineData("worker")]
    [InlineData("supervisor")]
    public async Task T24_Should_not_start_with_a_key_that_others_can_read(string role)
    {
        await using var farm = await FarmOnDisk.StartAsync();
        await farm.TerminateAsync(role);
        string key = Path.Combine(farm.State, role, "key.pem");
        await Shell.RunAsync("chmod", ["644", key]);
        var ran = await Shell.RunAsync("timeout", ["20", Path.Combine(FarmOnDisk.Programs, "quern-" + role), "--state", farm.State]);
        Assert.Equal(1, ran.Code);
        Assert.Contains($"{key} can be read by others (mode 0644)", ran.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("PRIVATE", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_survive_kill_9_at_random_instants()
    {
        const int items = 300;
        const int kills = 10;
        await using var farm = await FarmOnDisk.StartAsync();
        var chance = new Random(20261125);
        long job = await LoadAsync(farm, items);
        for (int kill = 0; kill < kills; kill++)
        {
            int reached = Math.Max(1, items * kill / (kills + 2));
            await SomeDoneAsync(farm, job, reached);
            string role = chance.Next(2) == 0 ? "supervisor" : "worker";
            await farm.KillAsync(role);
            await (role == "supervisor" ? farm.StartSupervisorAsync() : farm.StartWorkerAsync());
        }
        await FinishedAsync(farm, job, items);
    }

    [Fact]
    public async Task Should_run_again_only_what_a_killed_proxy_had_not_ended()
    {
        const int items = 100;
        const int kills = 4;
        await using var farm = await FarmOnDisk.StartAsync();
        long job = await LoadAsync(farm, items);
        for (int kill = 0; kill < kills; kill++)
        {
            await SomeDoneAsync(farm, job, 10 + 15 * kill);
            // Of this farm's worker alone: other farms run beside it.
            var killed = await Shell.RunAsync("pkill", ["-9", "-o", "-x", "-P", $"{farm.Ready("worker").Pid}", "quern-proxy"]);
            Assert.True(killed.Code == 0, killed.ToString());
        }
        await Eventually.TrueAsync(async () => (await farm.Reader.JobAsync(job)).Status == "complete", TimeSpan.FromSeconds(180), () => $"the job is complete\n{farm.Logs()}");
        Assert.Equal(items, (await farm.Reader.JobAsync(job)).Todotally.Complete);
        var ends = File.ReadAllLines(Marks(farm)).Where(line => line[0] == 'e').ToList();
        Assert.Equal(items, ends.Distinct().Count());
        Assert.InRange(ends.Count, items, items + kills * 2);
    }

    private static string Marks(FarmOnDisk farm) => Path.Combine(farm.Shared, "marks");

    private static Task<long> LoadAsync(FarmOnDisk farm, int items) =>
        farm.SubmitAsync("--range", $"1-{items}", "--cpus", "2", $"echo bQB_FRAME_NUMBER >> {Marks(farm)}; sleep 0.03; echo out QB_FRAME_NUMBER; echo eQB_FRAME_NUMBER >> {Marks(farm)}");

    private static Task SomeDoneAsync(FarmOnDisk farm, long job, int count) =>
        Eventually.TrueAsync(async () => (await farm.Reader.JobAsync(job)).Todotally.Complete >= count, TimeSpan.FromSeconds(120), () => $"{count} items are complete\n{farm.Logs()}");

    // In desktop mode a worker's end takes its commands with it, so that items may begin twice; in service mode each begins and ends once.
    private static async Task FinishedAsync(FarmOnDisk farm, long job, int items)
    {
        await Eventually.TrueAsync(async () => (await farm.Reader.JobAsync(job)).Status is "complete" or "failed", TimeSpan.FromSeconds(180), () => $"the job is complete\n{farm.Logs()}");
        var view = await farm.Reader.JobAsync(job);
        Assert.True(view.Status == "complete", $"{view.Status} {view.Reason} {view.Todotally}\n{farm.Logs()}");
        Assert.Equal(items, view.Todotally.Complete);
        var marks = File.ReadAllLines(Marks(farm));
        var once = Enumerable.Range(1, items).SelectMany(item => new[] { $"b{item}", $"e{item}" }).Order(StringComparer.Ordinal);
        if (FarmOnDisk.IsRoot)
        {
            Assert.Equal(once, marks.Order(StringComparer.Ordinal));
        }
        else
        {
            Assert.Equal(once, marks.Distinct().Order(StringComparer.Ordinal));
        }
        foreach (int item in new[] { 1, items / 3, items / 2, items - 1, items })
        {
            Assert.Equal($"out {item}\n", (await farm.RunAsync("qbout", $"{job}:{item}")).Output);
        }
    }
}
