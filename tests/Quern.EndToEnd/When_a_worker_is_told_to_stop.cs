using Quern.EndToEnd.Harness;

namespace Quern.EndToEnd;

public sealed class When_a_worker_is_told_to_stop
{
    [Theory]
    [InlineData("--kill")]
    [InlineData("--drain")]
    public async Task Should_answer_end_what_it_runs_and_itself(string how)
    {
        await using var farm = await FarmOnDisk.StartAsync();
        string mark = Path.Combine(farm.Shared, "begun");
        long job = await farm.SubmitAsync("--range", "1", $"touch {mark}; sleep {(how == "--kill" ? "1000.625" : "1")}");
        await Eventually.TrueAsync(() => File.Exists(mark), TimeSpan.FromSeconds(30), () => "the job runs");
        var ran = await farm.RunAsync("quern", "worker", "stop", how);
        Assert.True(ran.Code == 0, ran.ToString());
        await Eventually.TrueAsync(() => !File.Exists(Path.Combine(farm.State, "run", "worker.json")), TimeSpan.FromSeconds(60), () => $"the worker is gone\n{farm.Logs()}");
        Assert.Equal(1, (await Shell.RunAsync("pgrep", ["-f", "sleep 1000.62[5]"])).Code);
        if (how == "--drain")
        {
            Assert.Equal("complete", (await farm.Reader.JobAsync(job)).Status);
        }
        else
        {
            Assert.Equal(0, (await farm.Reader.JobAsync(job)).Todotally.Failed);
        }
    }
}
