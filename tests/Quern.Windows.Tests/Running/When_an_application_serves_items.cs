using Quern.Execution.Runs;

namespace Quern.Windows.Tests.Running;

/// <summary>A job type's application on Windows: its line is two pipes, and it is in a job object of its own.</summary>
public sealed class When_an_application_serves_items
{
    private static Launch Launch(bool isStandard, params string[] words) => WindowsFarm.Frames(1, "", WindowsFarm.Frame(1), WindowsFarm.Frame(2), WindowsFarm.Frame(3)) with
    {
        JobType = "served", Application = new ApplicationPlan { Folder = Path.GetDirectoryName(Child.Program)!, Words = [Child.Program, "child", "serve", .. words], IsStandard = isStandard },
    };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Should_serve_all_items_in_one_process(bool isStandard)
    {
        await using var farm = new WindowsFarm();
        var launch = Launch(isStandard);
        farm.Host.Start(launch);
        farm.Host.Order(launch.Key, new FinishRun());
        await farm.UntilEnded(launch.Key);
        Assert.All(farm.Bodies<RunItemEnded>(launch.Key), end => Assert.Equal((0, VerdictKind.None, """{"outputPaths":"a.txt"}"""), (end.ExitCode, end.Verdict.Kind, end.Result)));
        Assert.Equal([1, 2, 3], farm.Bodies<RunItemEnded>(launch.Key).Select(end => end.Item));
        var said = farm.Text(launch.Key, isError: true).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, said.Length);
        Assert.Single(said.Select(line => line.Split(' ')[^1].Trim()).Distinct());
        Assert.All(said, line => Assert.Contains("of True", line));
        Assert.Equal((RunEndCause.Finished, VerdictKind.None), (farm.End(launch.Key)!.Cause, farm.End(launch.Key)!.Verdict.Kind));
    }

    [Fact]
    public async Task Should_fail_only_the_item_in_hand_when_it_crashes()
    {
        await using var farm = new WindowsFarm();
        var launch = Launch(false, "crash");
        farm.Host.Start(launch);
        farm.Host.Order(launch.Key, new FinishRun());
        await farm.UntilEnded(launch.Key);
        Assert.Equal(["", "its application ended (exit code 9) while it had the item", ""], farm.Bodies<RunItemEnded>(launch.Key).Select(end => end.Verdict.Text));
    }
}
