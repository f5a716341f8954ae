using System.Text;
using Quern.Execution.JobTypes;
using Quern.Execution.Runs;

namespace Quern.Execution.Tests.JobTypes;

/// <summary>The shipped job types pyCmdline and pyCmdrange. Source: reference, qube-worker 4.1, qube-clients 5.3, qube-jobs 10.4.</summary>
public sealed class When_python_runs_commands(RealMachine machine) : IDisposable
{
    private readonly Bench _bench = new();

    public void Dispose() => _bench.Dispose();

    private Launch Of(string name, string package, params ItemLease[] items)
    {
        var shipped = Path.Combine(Environment.GetEnvironmentVariable("QUERN_ROOT")!, "packaging", "types", name);
        foreach (var file in Directory.EnumerateFiles(shipped))
        {
            _bench.Write($"types/{name}/{Path.GetFileName(file)}", File.ReadAllText(file));
        }

        var launch = _bench.Launch(_bench.Find(name), items);
        return launch with { Application = launch.Application! with { Package = package } };
    }

    [Fact]
    public async Task Should_run_each_item_with_its_tokens_and_paths()
    {
        await using var farm = new TestFarm(machine);
        var launch = Of(
            "pyCmdrange",
            """{"cmdline":"echo \"QB_FRAME_NUMBER-QB_FRAME_END QB_PADDED_FRAME_START QB_FRAME_RANGE $QB_FRAME_STEP ${QB_FRAME_PADDING} QB_CONVERT_PATH(/Volumes/a/(1)) /Volumes\"; test QB_FRAME_RANGE != 5","padding":3}""",
            new ItemLease(0, 1, "1-3x2", true, 1, 3, 2), new ItemLease(1, 1, "5", true, 5, 5, 1), new ItemLease(2, 1, "left", false, 0, 0, 0)) with { Padding = 3 };
        await farm.Output(launch, finishes: true);
        var ends = farm.Bodies<RunItemEnded>(launch.Key).ToList();
        Assert.Equal(["", "exit code 1", ""], ends.Select(end => end.Verdict.Text));
        Assert.Equal(
            ["1-3 001 1-3x2 2 3 /b/(1) /mnt\n", "5-5 005 5 1 3 /b/(1) /mnt\n", "-  left  3 /b/(1) /mnt\n"],
            Enumerable.Range(0, 3).Select(item => Encoding.UTF8.GetString(farm.Bodies<RunOutput>(launch.Key).Where(output => output.Item == item && !output.IsError).SelectMany(output => output.Data.ToArray()).ToArray())));
    }

    [Theory]
    [InlineData("exit 0", 0, "")]
    [InlineData("exit 7", 1, "exit code 7")]
    [InlineData("kill -9 $$", 1, "exit code 137")]
    public async Task Should_run_one_command_without_an_agenda(string command, int code, string reason)
    {
        await using var farm = new TestFarm(machine);
        var launch = Of("pyCmdline", $$"""{"cmdline":"{{command}}"}""");
        await farm.Output(launch);
        Assert.Equal((code, reason), (farm.End(launch.Key)!.ExitCode, farm.End(launch.Key)!.Verdict.Text));
    }

    [Theory]
    [InlineData("pyCmdline")]
    [InlineData("pyCmdrange")]
    public async Task Should_go_elsewhere_where_the_application_is_not_installed(string name)
    {
        await using var farm = new TestFarm(machine);
        var launch = Of(name, """{"cmdline":"__MAYA__ -r sw","appVersion":[1999,2]}""", name == "pyCmdrange" ? [TestFarm.Frame(1)] : []);
        await farm.Output(launch, finishes: true);
        var end = farm.End(launch.Key)!;
        Assert.Equal((RunEndCause.Refused, VerdictKind.HostBlamed, 600), (end.Cause, end.Verdict.Kind, end.Verdict.Seconds));
        Assert.StartsWith("this host has no MAYA 1999.2 (/usr/autodesk/maya1999/bin/Render", end.Verdict.Text);
        Assert.Empty(farm.Bodies<RunItemEnded>(launch.Key));
    }

    [Fact]
    public async Task Should_read_outputs_by_the_jobs_patterns_and_fail_what_is_too_small()
    {
        await using var farm = new TestFarm(machine);
        var launch = Of("pyCmdrange", """{"cmdline":"printf x > $TMPDIR/QB_FRAME_NUMBER.txt; echo wrote $TMPDIR/QB_FRAME_NUMBER.txt"}""", TestFarm.Frame(1)) with
        {
            Reading = new OutputReading { Patterns = new Dictionary<string, string> { ["outputPaths"] = "wrote (.+)" }, LeastBytes = 10 },
        };
        await farm.Output(launch, finishes: true);
        Assert.Contains("has 1 bytes, at least 10 are wanted", farm.Bodies<RunItemEnded>(launch.Key).Single().Verdict.Text);
    }
}
