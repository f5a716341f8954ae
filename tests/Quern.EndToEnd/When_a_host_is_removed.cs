using Quern.EndToEnd.Harness;

namespace Quern.EndToEnd;

public sealed class When_a_host_is_removed
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Should_end_what_runs_there_be_refused_with_one_line_and_come_back_when_it_is_let_back()
    {
        await using var farm = await FarmOnDisk.StartAsync();
        string host = (await farm.Reader.HostsAsync())[0].Name;
        long job = await farm.SubmitAsync("sleep 1000.85");
        await farm.ReachesAsync(job, "running");

        Assert.Equal(host, (await farm.RunAsync("qbadmin", "worker", "--remove", host)).Line);
        await Eventually.TrueAsync(() => farm.Logs().Contains($"host {host} was removed from this farm by", StringComparison.Ordinal), Patience, () => $"the worker says why it ended\n{farm.Logs()}");
        await farm.TerminateAsync("worker");
        await Eventually.TrueAsync(async () => (await Shell.RunAsync("pgrep", ["-f", "sleep 1000.8[5]"])).Code == 1, Patience, () => "its process is gone");
        Assert.Equal("pending", (await farm.Reader.JobAsync(job)).Status);
        Assert.Empty(await farm.Reader.HostsAsync());
        Assert.Contains(host, (await farm.RunAsync("qbadmin", "w", "--banned")).Output, StringComparison.Ordinal);

        Assert.Equal(host, (await farm.RunAsync("qbadmin", "w", "--unremove", host)).Line);
        await farm.StartWorkerAsync();
        await farm.WorkersAsync(1);
        await farm.ReachesAsync(job, "running");
        Assert.Equal(0, (await farm.RunAsync("qbkill", job.ToString())).Code);
    }
}
