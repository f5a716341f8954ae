using Quern.EndToEnd.Harness;

namespace Quern.EndToEnd;

public sealed class When_hosts_are_locked
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Should_hold_what_waits_and_let_it_go_on()
    {
        await using var farm = await FarmOnDisk.StartAsync();
        string host = (await farm.Reader.HostsAsync())[0].Name;
        Assert.Equal(host, (await farm.RunAsync("qblock", host)).Line);
        Assert.Equal("nothing to lock", (await farm.RunAsync("qblock", host)).Line);
        Assert.Contains("locked", (await farm.RunAsync("qbhosts")).Output, StringComparison.Ordinal);
        long job = await farm.SubmitAsync("true");
        Assert.Equal("pending", (await farm.Reader.JobAsync(job)).Status);
        await farm.TerminateAsync("supervisor");
        await farm.StartSupervisorAsync();
        await farm.WorkersAsync(1);
        Assert.Equal("pending", (await farm.Reader.JobAsync(job)).Status);
        Assert.Equal(host, (await farm.RunAsync("qbunlock", "--all")).Line);
        await farm.ReachesAsync(job, "complete");
    }

    [Fact]
    public async Task Should_end_what_runs_there_when_it_is_purged()
    {
        await using var farm = await FarmOnDisk.StartAsync();
        string mark = Path.Combine(farm.Shared, "begun");
        long job = await farm.SubmitAsync("--range", "1-2", $"touch {mark}; sleep 1000.75");
        await Eventually.TrueAsync(() => File.Exists(mark), Patience, () => "the job runs");
        Assert.Equal(0, (await farm.RunAsync("qblock", "--all", "--purge")).Code);
        await Eventually.TrueAsync(async () => (await Shell.RunAsync("pgrep", ["-f", "sleep 1000.7[5]"])).Code == 1, Patience, () => "its process is gone");
        var view = await farm.Reader.JobAsync(job);
        Assert.Equal(("pending", 2), (view.Status, view.Todotally.Pending));
        Assert.Contains("was locked by", (await farm.RunAsync("qbhist", job.ToString())).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_refuse_what_makes_no_sense_in_one_line()
    {
        await using var farm = await FarmOnDisk.StartAsync();
        string[][] cases = [["no-such-host"], ["--value", "host.processor_all=maybe", "--all"], ["--range", "4-1", "--all"], []];
        foreach (var words in cases)
        {
            var ran = await farm.RunAsync("qblock", words);
            Assert.InRange(ran.Code, 1, 2);
            Assert.Single(ran.Error.TrimEnd('\n').Split('\n'));
        }

        Assert.DoesNotContain((await farm.Reader.HostsAsync()), host => host.Locked);
    }

    [Fact]
    public async Task Should_give_a_host_in_trouble_nothing_and_say_why()
    {
        await using var farm = await FarmOnDisk.StartAsync();
        await farm.TerminateAsync("worker");
        await farm.StartWorkerAsync(more: ["--set", "worker_disk_low=999999999"]);
        await Eventually.TrueAsync(async () => (await farm.Reader.HostsAsync())[0].State == "panic", Patience, () => $"the host is in panic\n{farm.Logs()}");
        Assert.Contains("worker_disk_low", (await farm.Reader.HostsAsync())[0].Reason, StringComparison.Ordinal);
        Assert.Contains("panic", (await farm.RunAsync("qbhosts", "--panic")).Output, StringComparison.Ordinal);
        long job = await farm.SubmitAsync("true");
        Assert.Equal("pending", (await farm.Reader.JobAsync(job)).Status);
        await farm.TerminateAsync("worker");
        await farm.StartWorkerAsync();
        await farm.ReachesAsync(job, "complete");
    }
}
