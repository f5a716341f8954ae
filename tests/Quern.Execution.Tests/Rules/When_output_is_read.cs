using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Quern.Execution.Rules;
using Quern.Execution.Runs;

namespace Quern.Execution.Tests.Rules;

public sealed class When_output_is_read
{
    private static readonly string Shipped = Path.Combine(Environment.GetEnvironmentVariable("QUERN_ROOT")!, "packaging", "rules");

    private static Findings Read(string command, string output, OutputReading? reading = null, int block = 7)
    {
        var complaints = new List<string>();
        var rules = RuleSet.Load(reading ?? new OutputReading { Folders = [Shipped] }, command, "cmdrange", complaints);
        Assert.Empty(complaints);
        var findings = new Findings();
        var lines = new LineScanner(rules, findings.Add);
        foreach (var part in Encoding.UTF8.GetBytes(output).Chunk(block))
        {
            lines.Feed(part);
        }

        lines.Finish();
        return findings;
    }

    private static string Json(Findings findings)
    {
        var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            findings.WriteTo(writer, 2);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    [Theory]
    [InlineData("/opt/blender-4.2/blender -b a.blend", "Fra:1 Mem:9M | Rendered 16/64 Tiles, Sample 1/2\nSaved: '/p/ä 0001.png'\n", 0.5, "/p/ä 0001.png", null)]
    [InlineData("povray a.pov", "Output file..........a.png, 24 bpp PNG\nRendered 300 of 400 pixels (75%)\r", 0.75, "a.png", null)]
    [InlineData("povray a.pov", "File 'a.pov' line 3: Parse Error: No matching }", -1, null, "File 'a.pov' line 3: Parse Error: No matching }")]
    [InlineData("ffmpeg -i a b", "  Duration: 00:01:40.00, start\nOutput #0, mp4, to '/p/b.mp4':\nframe=1 time=00:00:50.00 bitrate\rframe=2 time=00:01:20.00 x", 0.8, "/p/b.mp4", null)]
    [InlineData("Nuke15.1 -x a.nk", "Frame 12 (3 of 12)\nWriting /p/a.0012.exr took 1.2 seconds", 0.25, "/p/a.0012.exr", null)]
    [InlineData("'/usr/autodesk/maya/bin/Render' -r arnold", "Percentage of rendering done: 40 (of frame)\nError: no camera", 0.4, null, "Error: no camera")]
    [InlineData("kick a.ass", "00:00:01  80MB         |    30% done - 99 rays/pixel\n00:01 | ERROR | gone", 0.3, null, "00:01 | ERROR | gone")]
    [InlineData("sh -c 'true'", "Error: x\nSaved: 'y'", -1, null, null)]
    public void Should_know_what_the_shipped_programs_print(string command, string output, double progress, string? path, string? error)
    {
        var found = Read(command, output);
        Assert.Equal((progress, path, error), (found.Progress, found.Paths.Count > 0 ? found.Paths[0] : null, found.FirstError));
    }

    [Theory]
    [InlineData("Nuke15.1 -x a.nk", "FOUNDRY LICENSE ERROR REPORT")]
    [InlineData("mayabatch -x", "// Failed to obtain license")]
    public void Should_know_a_refused_licence(string command, string line) => Assert.Equal(line, Read(command, line).Licence);

    [Fact]
    public void Should_take_the_jobs_own_patterns_as_qube_has_them()
    {
        var reading = new OutputReading
        {
            Patterns = new Dictionary<string, string> { ["outputPaths"] = "Wrote (?P<a>\\S+) and (\\S+)\nplain=(\\S+)", ["errors"] = "^fatal\nOOPS", ["highlights"] = "note", ["progress"] = @"done (\d+)%" },
        };
        var found = Read("x", "wrote a.png AND b.png\nplain=c\noops one\nnote this\ndone 10%\ndone 35%\n", reading);
        Assert.Equal("""{"outputPaths":"b.png,a.png,c","errors":"oops one","highlights":"note this","progress":0.35}""", Json(found));
    }

    [Fact]
    public void Should_stay_bounded_whatever_is_printed()
    {
        var reading = new OutputReading { Patterns = new Dictionary<string, string> { ["errors"] = "err", ["outputPaths"] = "out (.*)" } };
        var text = new StringBuilder();
        for (var line = 0; line < 5000; line++)
        {
            text.Append("err ").Append(line).Append(new string('x', 500)).Append("\nout /p/").Append(line).Append(new string('y', 200)).Append('\n');
        }

        Assert.InRange(Json(Read("x", text.Append(new string('z', 1 << 20)).ToString(), reading, block: 64 * 1024)).Length, 1000, 32_000);
    }

    [Theory]
    [InlineData("Saved: '(.+)'", "Saved: '")]
    [InlineData(@"^a\.b (x|y) longer text\d+", " longer text")]
    [InlineData("one|two", "")]
    [InlineData("abc?defg*hij", "def")]
    [InlineData("[Ee]rror: ", "rror: ")]
    [InlineData("(?i)error", "")]
    [InlineData("ab{2,3}cde", "cde")]
    public void Should_sift_by_what_every_match_has(string pattern, string literal) => Assert.Equal(literal, OutputRule.LiteralOf(pattern));

    [Theory]
    [InlineData("error (unclosed", "is no regular expression")]
    [InlineData("colour red", "is none of program")]
    [InlineData("licence-exit many", "is no exit code")]
    [InlineData("path", "says nothing")]
    public void Should_complain_of_a_line_and_keep_the_others(string line, string complaint)
    {
        var file = RuleFile.Parse("site.rules", $"# ours\nprogram x\n{line}\nerror bad\n");
        Assert.Contains(complaint, Assert.Single(file.Complaints));
        Assert.StartsWith("site.rules:3: ", file.Complaints[0]);
        Assert.Single(file.Rules);
    }

    [Fact]
    public void Should_give_up_a_pattern_that_would_hold_up_the_output()
    {
        var reading = new OutputReading { Patterns = new Dictionary<string, string> { ["errors"] = @"(?=x)(x+x+)+y" } };
        var clock = Stopwatch.StartNew();
        Read("x", string.Concat(Enumerable.Repeat(new string('x', 5000) + "\n", 50)), reading, block: 8192);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(5), $"took {clock.Elapsed}");
    }

    [Fact]
    public void Should_cost_little_where_nothing_is_meant()
    {
        var complaints = new List<string>();
        var rules = RuleSet.Load(new OutputReading { Folders = [Shipped] }, "blender -b", "cmdrange", complaints);
        Assert.NotNull(rules.Literals);
        var lines = new LineScanner(rules, (_, _) => { });
        var block = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("Fra:12 Mem:134.02M (Peak 150.11M) | Time:00:12.44 | Scene, View Layer | Updating Objects\n", 700)));
        var clock = Stopwatch.StartNew();
        for (var round = 0; round < 2000; round++)
        {
            lines.Feed(block);
        }

        var rate = block.Length * 2000.0 / clock.Elapsed.TotalSeconds / 1e6;
        TestContext.Current.TestOutputHelper?.WriteLine($"{rate:F0} MB/s");
        Assert.True(rate > 50, $"{rate:F0} MB/s");
    }
}
