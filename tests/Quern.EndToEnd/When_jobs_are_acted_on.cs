using Quern.EndToEnd.Harness;

namespace Quern.EndToEnd;

public sealed class When_jobs_are_acted_on(FarmFixture fixture) : IClassFixture<FarmFixture>
{
    private FarmOnDisk Farm => fixture.Farm;

    [Fact]
    public async Task Should_kill_the_whole_tree()
    {
        string mark = Path.Combine(Farm.Shared, "tree");
        long job = await Farm.SubmitAsync($"(setsid sleep 1000.375 &) ; sleep 1000.375 & touch {mark}; wait");
        await Eventually.TrueAsync(() => File.Exists(mark), TimeSpan.FromSeconds(30), () => "the job runs");
        var killed = await Farm.RunAsync("qbkill", job.ToString());
        Assert.True(killed.Code == 0, killed.ToString());
        await Farm.ReachesAsync(job, "killed");
        await Eventually.TrueAsync(async () => (await Shell.RunAsync("pgrep", ["-f", "sleep 1000.37[5]"])).Code == 1, TimeSpan.FromSeconds(30), () => "every process is gone");
    }

    [Fact]
    public async Task Should_say_so_when_nothing_was_there_to_do()
    {
        long job = await Farm.SubmitAsync("true");
        await Farm.ReachesAsync(job, "complete");
        var ran = await Farm.RunAsync("qbkill", job.ToString());
        Assert.NotEqual("", ran.Output + ran.Error);
        Assert.Equal("complete", (await Farm.Reader.JobAsync(job)).Status);
    }

    [Fact]
    public async Task Should_retry_what_failed_and_leave_what_is_complete()
    {
        string count = Path.Combine(Farm.Shared, "retried");
        string gate = Path.Combine(Farm.Shared, "gate");
        long job = await Farm.SubmitAsync("--range", "1-4", $"echo QB_FRAME_NUMBER >> {count}; test QB_FRAME_NUMBER -ne 3 || test -e {gate}");
        Assert.Equal(1, (await Farm.ReachesAsync(job, "failed")).Todotally.Failed);
        File.WriteAllText(gate, "");
        Assert.Equal(0, (await Farm.RunAsync("qbretry", "--workfailed", job.ToString())).Code);
        await Eventually.TrueAsync(async () => (await Farm.Reader.JobAsync(job)).Status == "complete", TimeSpan.FromSeconds(60), () => "the job is complete");
        Assert.Equal(["1", "2", "3", "3", "4"], File.ReadAllLines(count).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Should_not_start_what_is_blocked_until_it_is_unblocked()
    {
        long job = await Farm.SubmitAsync("--status", "blocked", "true");
        long after = await Farm.SubmitAsync("true");
        await Farm.ReachesAsync(after, "complete");
        Assert.Equal("blocked", (await Farm.Reader.JobAsync(job)).Status);
        Assert.Equal(0, (await Farm.RunAsync("qbunblock", job.ToString())).Code);
        await Farm.ReachesAsync(job, "complete");
    }

    [Fact]
    public async Task Should_let_what_is_suspended_go_on_where_it_stood()
    {
        string count = Path.Combine(Farm.Shared, "standing");
        long job = await Farm.SubmitAsync($"i=0; while [ $i -lt 40 ]; do i=$((i+1)); echo $i >> {count}; sleep 0.02; done");
        await Eventually.TrueAsync(() => File.Exists(count), TimeSpan.FromSeconds(30), () => "the job counts");
        var suspended = await Farm.RunAsync("qbsuspend", job.ToString());
        Assert.True(suspended.Code == 0 && suspended.Output.Contains($"{job}.0", StringComparison.Ordinal), suspended.ToString());
        await Farm.ReachesAsync(job, "suspended");
        await Eventually.TrueAsync(async () => (await Farm.RunAsync("qbhist", job.ToString())).Output.Contains("stands still", StringComparison.Ordinal), TimeSpan.FromSeconds(30), () => "its processes stand still");
        Assert.Equal(0, (await Farm.RunAsync("qbresume", job.ToString())).Code);
        await Farm.ReachesAsync(job, "complete");
        Assert.Equal(40, File.ReadAllLines(count).Length);
    }

    [Fact]
    public async Task Should_block_what_waits()
    {
        long first = await Farm.SubmitAsync("--status", "blocked", "true");
        long job = await Farm.SubmitAsync("--waitfor", first.ToString(), "true");
        Assert.Equal(0, (await Farm.RunAsync("qbblock", job.ToString())).Code);
        Assert.Equal("blocked", (await Farm.Reader.JobAsync(job)).Status);
        Assert.Equal(0, (await Farm.RunAsync("qbkill", job.ToString(), first.ToString())).Code);
    }

    [Fact]
    public async Task Should_forget_a_job_that_was_removed_and_remember_its_history()
    {
        long job = await Farm.SubmitAsync("true");
        await Farm.ReachesAsync(job, "complete");
        var history = await Farm.RunAsync("qbhist", job.ToString());
        Assert.True(history.Code == 0, history.ToString());
        Assert.True(history.Line.Split('\n').Length >= 2, history.ToString());
        Assert.Equal(0, (await Farm.RunAsync("qbremove", job.ToString())).Code);
        Assert.DoesNotContain(await Farm.Reader.JobsAsync(), view => view.Id == job);
    }

    [Fact]
    public async Task Should_follow_output_while_it_is_written()
    {
        string gate = Path.Combine(Farm.Shared, "follow");
        long job = await Farm.SubmitAsync($"echo first; while ! test -e {gate}; do sleep 0.05; done; echo last");
        await Eventually.TrueAsync(async () => (await Farm.RunAsync("qbout", job.ToString())).Output == "first\n", TimeSpan.FromSeconds(30), () => "the first line is there");
        File.WriteAllText(gate, "");
        await Farm.ReachesAsync(job, "complete");
        Assert.Equal("first\nlast\n", (await Farm.RunAsync("qbout", job.ToString())).Output);
    }
}
