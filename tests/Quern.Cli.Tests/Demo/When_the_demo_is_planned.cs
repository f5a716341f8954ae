using Quern.Cli.Demo;
using Quern.Protocol.Api;

namespace Quern.Cli.Tests.Demo;

public sealed class When_the_demo_is_planned
{
    [Fact]
    public void Should_be_four_jobs_of_which_one_renders_an_item_a_frame()
    {
        var jobs = new DemoPlan(new DemoOptions { Frames = 100, Slots = 3, Workers = 2 }, "/out").Jobs();
        Assert.Equal(["demo: prepare", "demo: render", "demo: encode", "demo: contact sheet"], jobs.Select(job => job.Name));
        Assert.Equal(["cmdline", "cmdrange", "cmdline", "cmdline"], jobs.Select(job => job.Prototype));
        Assert.Equal("1-100", jobs[1].Range);
        Assert.Equal(6, jobs[1].Cpus);
        Assert.All(jobs, job => Assert.Equal("/out", job.Cwd));
    }

    [Theory]
    [InlineData(1, "quern%01d.png")]
    [InlineData(24, "quern%02d.png")]
    [InlineData(100, "quern%03d.png")]
    public void Should_number_frames_as_the_renderer_does(int frames, string pattern) =>
        Assert.EndsWith(pattern, new DemoPlan(new DemoOptions { Frames = frames }, "/out").FramePattern, StringComparison.Ordinal);

    // The scene travels in a here-document: a line like its end would cut it short, and farm tokens in it would be replaced.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Should_carry_the_whole_scene(int renderer)
    {
        string command = new DemoPlan(new DemoOptions { Renderer = (DemoRenderer)renderer }, "/out").Jobs()[0].Package!["cmdline"].GetString()!;
        foreach (string end in command.Split('\n').Where(line => line.StartsWith("END_OF_", StringComparison.Ordinal)))
        {
            Assert.Single(command.Split('\n'), line => line == end);
        }
        Assert.DoesNotContain("QB_", command, StringComparison.Ordinal);
        Assert.DoesNotContain("@FRAMES@", command, StringComparison.Ordinal);
        Assert.True(command.Length < 100_000, "a command is one argument of the shell");
    }

    [Theory]
    [InlineData("--frames 0")]
    [InlineData("--frames 1.5")]
    [InlineData("--frames")]
    [InlineData("--width 641")]
    [InlineData("--renderer crayons")]
    [InlineData("--frame 3")]
    [InlineData("frames")]
    [InlineData("--output=")]
    public void Should_refuse_in_one_line(string words)
    {
        var (options, refusal) = DemoOptions.Parse(words.Split(' '));
        Assert.Null(options);
        Assert.Single(refusal!.Split('\n'));
    }

    [Fact]
    public void Should_take_options_with_one_dash_or_two_and_with_an_equals_sign()
    {
        var (options, refusal) = DemoOptions.Parse(["-frames", "48", "--slots=4", "--keep", "--renderer", "blender", "--output", "/tmp/x/../y"]);
        Assert.Null(refusal);
        Assert.Equal((48, 4, true, DemoRenderer.Blender, "/tmp/y"), (options!.Frames, options.Slots, options.Keep, options.Renderer, options.Output));
    }
}
