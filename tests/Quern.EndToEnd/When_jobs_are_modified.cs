using Quern.EndToEnd.Harness;

namespace Quern.EndToEnd;

public sealed class When_jobs_are_modified(FarmFixture fixture) : IClassFixture<FarmFixture>
{
    private FarmOnDisk Farm => fixture.Farm;

    [Fact]
    public async Task Should_go_on_with_more_instances_and_remember_both_values()
    {
        var marks = Path.Combine(Farm.Shared, "marks");
        var gate = Path.Combine(Farm.Shared, "modified");
        var job = await Farm.SubmitAsync("--range", "1-4", "--priority", "900", $"echo QB_FRAME_NUMBER >> {marks}; while ! test -e {gate}; do sleep 0.05; done");
        await Eventually.TrueAsync(() => File.Exists(marks), TimeSpan.FromSeconds(30), () => "the first item runs");

        // One instance runs one item: the others come only when it has more.
        var modified = await Farm.RunAsync("qbmodify", "--mcpus", "3", "--mpriority", "17", $"{job}");
        Assert.True(modified.Code == 0, modified.ToString());
        await Eventually.TrueAsync(() => File.ReadAllLines(marks).Length == 3, TimeSpan.FromSeconds(30), () => "three items run at once");
        File.WriteAllText(gate, "");
        var view = await Farm.ReachesAsync(job, "complete");
        Assert.Equal((3, 17, 4), (view.Cpus, view.Priority, view.Todotally.Complete));
        var history = (await Farm.RunAsync("qbhist", $"{job}")).Output;
        Assert.Contains("900", history, StringComparison.Ordinal);
        Assert.Contains("17", history, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_change_nothing_when_one_value_cannot_be()
    {
        var job = await Farm.SubmitAsync("--status", "blocked", "--priority", "900", "true");
        var ran = await Farm.RunAsync("qbmodify", "--mpriority", "17", "--mrequirements", "host.memory >", $"{job}");
        Assert.NotEqual(0, ran.Code);
        Assert.Contains("^", ran.Error, StringComparison.Ordinal);
        Assert.Equal(900, (await Farm.Reader.JobAsync(job)).Priority);
    }
}
