using Quern.EndToEnd.Harness;

namespace Quern.EndToEnd;

/// <summary>Two hosts of one slot: one in /a by its command line, one in /b and group gpu by the supervisor's qbwrk.conf.</summary>
public sealed class When_hosts_are_in_clusters
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Should_give_each_host_the_jobs_of_its_place_and_follow_it_when_it_moves()
    {
        await using var farm = await FarmOnDisk.StartAsync(1, "worker_restrictions=/+");
        string first = (await farm.Reader.HostsAsync())[0].Name;
        await farm.TerminateAsync("worker");
        await farm.StartWorkerAsync(more: ["--set", "worker_cluster=/a"]);
        string state = await JoinAsync(farm, "other");
        try
        {
            await PushAsync(farm, "/b");
            await PlaceIsAsync(farm, "other", "/b");
            Assert.Contains("gpu", (await farm.RunAsync("qbhosts", "--cluster", "/b")).Output, StringComparison.Ordinal);

            Assert.Equal(first, await HostOfAsync(farm, "--restrictions", "/a", "true"));
            Assert.Equal("other", await HostOfAsync(farm, "--groups", "gpu", "true"));
            Assert.Equal(first, await HostOfAsync(farm, "--omitgroups", "gpu", "true"));
            Assert.Equal("other", await HostOfAsync(farm, "--requirements", "host.cluster = '/b' and host.groups has gpu", "true"));

            // The last job of the host's own cluster goes before the first of any other.
            await farm.RunAsync("qblock", "other");
            long stranger = await farm.SubmitAsync("--cluster", "/a", "--priority", "1", "--groups", "gpu", "true");
            long own = await farm.SubmitAsync("--cluster", "/b", "--priority", "9999", "--groups", "gpu", "true");
            await farm.RunAsync("qbunlock", "other");
            var later = await farm.ReachesAsync(stranger, "complete");
            Assert.True((await farm.ReachesAsync(own, "complete")).Timecomplete <= later.Timestart);

            long waiting = await farm.SubmitAsync("--restrictions", "/c", "true");
            Assert.Equal("pending", (await farm.Reader.JobAsync(waiting)).Status);
            await PushAsync(farm, "/c");
            await farm.ReachesAsync(waiting, "complete");
            await PlaceIsAsync(farm, "other", "/c");
        }
        finally
        {
            await Shell.RunAsync(Path.Combine(FarmOnDisk.Programs, "quern-worker"), ["stop", "--kill", "--state", state, "--name", "other"]);
            await farm.TerminateAsync("worker-other");
        }
    }

    private static async Task<string> JoinAsync(FarmOnDisk farm, string name)
    {
        string token = (await Shell.RunAsync(Path.Combine(FarmOnDisk.Programs, "quern"), ["worker", "token", "--state", farm.State])).Line;
        string state = Path.Combine(farm.Root, name);
        string file = Path.Combine(farm.Root, "token");
        await File.WriteAllTextAsync(file, token + "\n");
        await farm.StartWorkerAsync(name, state, "--join", "@" + file);
        await farm.WorkersAsync(2);
        return state;
    }

    private static async Task PushAsync(FarmOnDisk farm, string cluster)
    {
        string file = Path.Combine(farm.Shared, "qbwrk.conf");
        await File.WriteAllTextAsync(file, $"[other]\nworker_cluster = {cluster}\nworker_groups = gpu,big\n");
        var ran = await farm.RunAsync("quern", "config", "push", file);
        Assert.True(ran.Code == 0, ran.ToString());
    }

    private static Task PlaceIsAsync(FarmOnDisk farm, string host, string cluster) => Eventually.TrueAsync(
        async () => (await farm.Reader.HostsAsync()).Single(view => view.Name == host).Cluster == cluster, Patience, () => $"{host} is in {cluster}\n{farm.Logs()}");

    private static async Task<string> HostOfAsync(FarmOnDisk farm, params string[] words)
    {
        long job = await farm.SubmitAsync(words);
        await farm.ReachesAsync(job, "complete");
        return Assert.Single((await farm.Reader.JobAsync(job)).Subjobs!).Host;
    }
}
