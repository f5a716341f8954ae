using Quern.EndToEnd.Harness;

namespace Quern.EndToEnd;

public sealed class When_settings_are_pushed
{
    [Fact]
    public async Task Should_reach_a_connected_worker_for_new_runs_only_and_stay_over_a_restart()
    {
        await using var farm = await FarmOnDisk.StartAsync();
        string file = Path.Combine(farm.Shared, "qbwrk.conf");
        string gate = Path.Combine(farm.Shared, "gate");
        string begun = Path.Combine(farm.Shared, "begun");
        await PushAsync(farm, file, 3, "version 1 is in force; 1 connected worker was told");
        long early = await farm.SubmitAsync("--range", "1-2", $"touch {begun}; while [ ! -e {gate} ]; do sleep 0.1; done; nice");
        await Eventually.TrueAsync(() => File.Exists(begun), TimeSpan.FromSeconds(60), () => $"the job runs\n{farm.Logs()}");

        await PushAsync(farm, file, 7, "proxy_nice_value: 3 -> 7");
        long late = await farm.SubmitAsync("--range", "1", "nice");
        await farm.ReachesAsync(late, "complete");
        await File.WriteAllTextAsync(gate, "");
        await farm.ReachesAsync(early, "complete");

        Assert.Equal("7", await OutputAsync(farm, $"{late}:1"));
        Assert.Equal("3", await OutputAsync(farm, $"{early}:2"));

        await File.WriteAllTextAsync(file, "[default]\nproxy_nice_value = 300\n");
        var refused = await farm.RunAsync("quern", "config", "push", file);
        Assert.Equal(1, refused.Code);
        Assert.Contains($"{file}:2: proxy_nice_value: 300 is outside -20 to 19", refused.ToString(), StringComparison.Ordinal);

        await farm.KillAsync("supervisor");
        await farm.StartSupervisorAsync();
        await farm.WorkersAsync(1);
        var explained = await farm.RunAsync("quern", "config", "explain", "proxy_nice_value");
        Assert.Contains($"proxy_nice_value = 7  (supervisor, {file}:2 [default])", explained.ToString(), StringComparison.Ordinal);
        var back = await farm.RunAsync("quern", "config", "rollback", "1");
        Assert.Contains("proxy_nice_value: 7 -> 3", back.ToString(), StringComparison.Ordinal);
    }

    private static async Task PushAsync(FarmOnDisk farm, string file, int nice, string expected)
    {
        await File.WriteAllTextAsync(file, $"[default]\nproxy_nice_value = {nice}\n");
        var ran = await farm.RunAsync("quern", "config", "push", file);
        Assert.True(ran.Code == 0 && ran.ToString().Contains(expected, StringComparison.Ordinal), ran.ToString());
    }

    private static async Task<string> OutputAsync(FarmOnDisk farm, string target) => (await farm.RunAsync("qbout", target)).Line;
}
