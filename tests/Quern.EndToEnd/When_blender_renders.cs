using Quern.EndToEnd.Harness;

namespace Quern.EndToEnd;

/// <summary>The job type <c>blender</c> with Blender itself: loaded once an instance, fed frame by frame.</summary>
public sealed class When_blender_renders(FarmFixture fixture) : IClassFixture<FarmFixture>
{
    private FarmOnDisk Farm => fixture.Farm;

    [Fact]
    public async Task Should_render_all_frames_of_an_instance_in_one_process()
    {
        var scene = await SceneAsync();
        var job = await Farm.SubmitAsync("--prototype", "blender", "--range", "1-6", "--cpus", "2", "--data", $"(=(scene={scene})(output={Farm.Shared}/frame_####))");
        await Farm.ReachesAsync(job, "complete", seconds: 180);
        foreach (var number in Enumerable.Range(1, 6))
        {
            var frame = Path.Combine(Farm.Shared, $"frame_{number:0000}.png");
            Assert.Equal("PNG"u8.ToArray(), (await File.ReadAllBytesAsync(frame))[1..4]);
            Assert.Equal(frame, await OutputPathsAsync(job, number - 1));
        }

        var loaded = (await Farm.RunAsync("qbout", $"{job}")).Output.Split('\n').Count(line => line.StartsWith("Read blend:", StringComparison.Ordinal));
        Assert.InRange(loaded, 1, 2);
    }

    [Fact]
    public async Task Should_fail_with_the_sentence_of_blender()
    {
        await SceneAsync();
        var job = await Farm.SubmitAsync("--prototype", "blender", "--range", "1-2", "--data", $"(=(scene={Farm.Shared}/missing.blend))");
        await Farm.ReachesAsync(job, "failed", seconds: 180);
        Assert.Contains("missing.blend", (await Farm.RunAsync("qbhist", $"{job}")).Output, StringComparison.Ordinal);
    }

    private async Task<string> OutputPathsAsync(long job, int item)
    {
        var view = await Farm.Reader.JobAsync(job, agenda: true);
        return view.Agenda![item].Resultpackage!.Value.GetProperty("outputPaths").GetString()!;
    }

    /// <summary>Small, of the program's own cube, on the processor.</summary>
    private async Task<string> SceneAsync()
    {
        Assert.SkipUnless((await Shell.RunAsync("sh", ["-c", "command -v blender"])).Code == 0, "Blender (package blender) is not installed");
        var scene = Path.Combine(Farm.Shared, "cube.blend");
        var made = await Shell.RunAsync("blender", ["--background", "--python-exit-code", "1", "--python-expr", $"""
            import bpy
            scene = bpy.context.scene
            scene.render.engine = 'CYCLES'
            scene.cycles.use_denoising = False
            scene.cycles.samples = 1
            scene.render.resolution_x, scene.render.resolution_y, scene.render.resolution_percentage = 64, 48, 100
            bpy.ops.wm.save_as_mainfile(filepath='{scene}')
            """]);
        Assert.True(made.Code == 0, made.ToString());
        await Shell.RunAsync("chmod", ["a+r", scene]);
        return scene;
    }
}
