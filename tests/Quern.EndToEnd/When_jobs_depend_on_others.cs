using Quern.EndToEnd.Harness;

namespace Quern.EndToEnd;

public sealed class When_jobs_depend_on_others(FarmFixture fixture) : IClassFixture<FarmFixture>
{
    private FarmOnDisk Farm => fixture.Farm;

    [Fact]
    public async Task Should_start_after_the_job_it_waits_for()
    {
        string order = Path.Combine(Farm.Shared, "order");
        long first = await Farm.SubmitAsync("--status", "blocked", $"echo first >> {order}");
        long second = await Farm.SubmitAsync("--waitfor", first.ToString(), $"echo second >> {order}");
        Assert.Equal(0, (await Farm.RunAsync("qbunblock", first.ToString())).Code);
        await CompletesAsync(second);
        Assert.Equal(["first", "second"], File.ReadAllLines(order));
    }

    [Fact]
    public async Task Should_be_satisfied_at_once_by_a_job_that_has_ended()
    {
        long first = await Farm.SubmitAsync("true");
        await Farm.ReachesAsync(first, "complete");
        long second = await Farm.SubmitAsync("--dependency", $"link-complete-job-{first}", "true");
        await CompletesAsync(second);
    }

    [Fact]
    public async Task Should_go_on_after_failure_only_when_done_was_asked_for()
    {
        long first = await Farm.SubmitAsync("false");
        await Farm.ReachesAsync(first, "failed");
        long done = await Farm.SubmitAsync("--dependency", $"link-done-job-{first}", "true");
        long complete = await Farm.SubmitAsync("--dependency", $"link-complete-job-{first}", "true");
        await CompletesAsync(done);
        Assert.Equal("blocked", (await Farm.Reader.JobAsync(complete)).Status);
        await Farm.RunAsync("qbkill", complete.ToString());
    }

    [Fact]
    public async Task Should_follow_frame_by_frame()
    {
        string gate = Path.Combine(Farm.Shared, "frames-gate");
        string seen = Path.Combine(Farm.Shared, "frames-seen");
        long first = await Farm.SubmitAsync("--range", "1-3", $"test QB_FRAME_NUMBER -ne 2 || while ! test -e {gate}; do sleep 0.05; done");
        long second = await Farm.SubmitAsync("--range", "1-3", "--dependency", $"link-complete-work-{first}", $"echo QB_FRAME_NUMBER >> {seen}");
        await Eventually.TrueAsync(async () => (await Farm.Reader.JobAsync(second)).Todotally.Complete >= 1, TimeSpan.FromSeconds(60), () => "the first frame followed");
        Assert.DoesNotContain("2", File.ReadAllLines(seen));
        File.WriteAllText(gate, "");
        await CompletesAsync(second);
        Assert.Equal(["1", "2", "3"], File.ReadAllLines(seen).Order(StringComparer.Ordinal));
    }

    private Task CompletesAsync(long job) =>
        Eventually.TrueAsync(async () => (await Farm.Reader.JobAsync(job)).Status == "complete", TimeSpan.FromSeconds(60), () => $"job {job} is complete\n{Farm.Logs()}");
}
