using System.Text.Json;
using Quern.Execution.Runs;

namespace Quern.Execution.Tests.Rules;

public sealed class When_a_run_prints(RealMachine machine)
{
    private static OutputReading Own(string key, string pattern) => new() { Patterns = new Dictionary<string, string> { [key] = pattern } };

    private static async Task<RunItemEnded> End(TestFarm farm, string command, OutputReading reading)
    {
        var launch = TestFarm.Frames(1, command, TestFarm.Frame(1)) with { Reading = reading };
        await farm.Output(launch, finishes: true);
        return farm.Bodies<RunItemEnded>(launch.Key).Single();
    }

    [Fact]
    public async Task Should_tell_progress_while_it_runs_and_keep_it_with_the_item()
    {
        await using var farm = new TestFarm(machine);
        var launch = TestFarm.Frames(1, "echo at 25%; sleep 30", TestFarm.Frame(1)) with { Reading = Own("progress", @"at (\d+)%") };
        farm.Host.Start(launch);
        await farm.Until(() => farm.Bodies<RunProgress>(launch.Key).Any(), "progress is told");
        Assert.Equal((1, 0.25), (farm.Bodies<RunProgress>(launch.Key).First().Item, farm.Bodies<RunProgress>(launch.Key).First().Share));
        farm.Host.Order(launch.Key, new KillRun("enough", WorkerStopping: false));
        await farm.UntilEnded(launch.Key);
        Assert.Equal("""{"progress":0.25}""", farm.Bodies<RunItemEnded>(launch.Key).Single().Result);
    }

    [Fact]
    public async Task Should_fail_an_item_that_prints_an_error_whatever_its_exit_code()
    {
        await using var farm = new TestFarm(machine);
        var end = await End(farm, "echo fine; printf 'fatal: no texture' >&2", Own("errors", "fatal"));
        Assert.Equal((0, VerdictKind.Failed, "fatal: no texture"), (end.ExitCode, end.Verdict.Kind, end.Verdict.Text));
    }

    [Theory]
    [InlineData("echo no license for x; exit 1", "", VerdictKind.LicenceRefused, "no licence: no license for x")]
    [InlineData("echo no license for x", "", VerdictKind.None, "")]
    [InlineData("exit 100", "100", VerdictKind.LicenceRefused, "no licence: exit code 100")]
    [InlineData("exit 3", "100", VerdictKind.None, "")]
    public async Task Should_tell_a_refused_licence_from_a_failure(string command, string codes, VerdictKind kind, string text)
    {
        await using var farm = new TestFarm(machine);
        var end = await End(farm, command, Own("licence", "no license") with { LicenceExitCodes = codes.Length == 0 ? [] : [int.Parse(codes)], LicenceSeconds = 7 });
        Assert.Equal((kind, text, kind == VerdictKind.None ? 0 : 7), (end.Verdict.Kind, end.Verdict.Text, end.Verdict.Seconds));
    }

    [Theory]
    [InlineData("true", "names no file")]
    [InlineData("echo wrote /tmp/qx-none.png", "is not there")]
    [InlineData("printf x > $TMPDIR/a.png; echo wrote $TMPDIR/a.png", "has 1 bytes, at least 10 are wanted")]
    [InlineData("printf 'no picture at all' > $TMPDIR/a.png; echo wrote $TMPDIR/a.png", "is no whole picture: it is no PNG")]
    [InlineData("printf 'a text of a job' > $TMPDIR/a.txt; echo wrote $TMPDIR/a.txt", "")]
    public async Task Should_look_at_the_files_it_names(string command, string problem)
    {
        await using var farm = new TestFarm(machine);
        var end = await End(farm, command, Own("outputPaths", "wrote (.+)") with { RequiresPaths = true, ChecksPictures = true, LeastBytes = 10 });
        Assert.Equal(problem.Length == 0 ? VerdictKind.None : VerdictKind.Failed, end.Verdict.Kind);
        Assert.Contains(problem, end.Verdict.Text);
        Assert.Equal(command == "true", !end.Result.Contains("outputPaths"));
    }

    [Fact]
    public async Task Should_render_a_picture_with_povray_and_its_shipped_rules()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/povray"), "needs povray: install the package povray");
        await using var farm = new TestFarm(machine);
        var rules = Path.Combine(Environment.GetEnvironmentVariable("QUERN_ROOT")!, "packaging", "rules");
        const string scene = "camera { location <0,0,-3> look_at 0 } light_source { <2,4,-3> 1 } sphere { 0, 1 pigment { rgb 1 } }";
        var launch = TestFarm.Frames(1, $"cd $TMPDIR && echo '{scene}' > s.pov && povray +Is.pov +O$TMPDIR/f.QB_FRAME_NUMBER.png +W64 +H48 +V -D", TestFarm.Frame(1)) with
        {
            Reading = new OutputReading { Folders = [rules], RequiresPaths = true, ChecksPictures = true, LeastBytes = 100 },
        };
        await farm.Output(launch, finishes: true);
        var end = farm.Bodies<RunItemEnded>(launch.Key).Single();
        Assert.True(end is { ExitCode: 0, Verdict.Kind: VerdictKind.None }, end.ToString() + System.Text.Encoding.UTF8.GetString(farm.Bytes(launch.Key, isError: true)));
        using var result = JsonDocument.Parse(end.Result);
        Assert.EndsWith("/f.1.png", result.RootElement.GetProperty("outputPaths").GetString());
        Assert.Equal(1, result.RootElement.GetProperty("progress").GetDouble());
    }
}
