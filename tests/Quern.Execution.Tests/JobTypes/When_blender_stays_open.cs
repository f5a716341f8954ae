using System.Text.Json;
using Quern.Execution.Runs;

namespace Quern.Execution.Tests.JobTypes;

/// <summary>The shipped job type blender with a program in Blender's place that speaks Python: it takes Blender's options, has a module bpy, and writes what it is asked to render.</summary>
public sealed class When_blender_stays_open(RealMachine machine) : IDisposable
{
    private const string StandIn = """
        #!/usr/bin/env python3
        import os, runpy, struct, sys, types, zlib

        words = sys.argv[1:]
        assert words[0] == "--background" and words[2:5] == ["--python-exit-code", "1", "--python"], words
        print("Blender 4.0.0 read", words[1], os.getpid(), flush=True)

        def picture(path):
            chunk = lambda kind, data: struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
            with open(path, "wb") as file:
                file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b""))

        class Render:
            filepath, engine = "/tmp/", "BLENDER_EEVEE"
            def frame_path(self, frame):
                return "%s%04d.png" % (self.filepath, frame)

        scene = types.SimpleNamespace(render=Render(), frame_start=1, frame_end=250)
        bpy = types.ModuleType("bpy")
        bpy.context = types.SimpleNamespace(scene=scene)
        bpy.path = types.SimpleNamespace(abspath=lambda path: path)

        def render(animation):
            for frame in range(scene.frame_start, scene.frame_end + 1):
                if frame == 13:
                    raise RuntimeError("Error: no camera in frame 13")
                picture(scene.render.frame_path(frame))
                print("Saved: '%s'" % scene.render.frame_path(frame), scene.render.engine, flush=True)

        bpy.ops = types.SimpleNamespace(render=types.SimpleNamespace(render=render))
        sys.modules["bpy"] = bpy
        runpy.run_path(words[5], run_name="__main__")

        """;

    private readonly Bench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Should_render_every_frame_of_an_instance_in_one_process()
    {
        var root = Environment.GetEnvironmentVariable("QUERN_ROOT")!;
        foreach (var file in Directory.EnumerateFiles(Path.Combine(root, "packaging", "types", "blender")))
        {
            _bench.Write($"types/blender/{Path.GetFileName(file)}", File.ReadAllText(file));
        }

        _bench.Write("bin/blender", StandIn);
        var launch = _bench.Launch(_bench.Find("blender"), TestFarm.Frame(1), TestFarm.Frame(13), new ItemLease(2, 1, "20-24x2", true, 20, 24, 2) { Package = """{"commands":["bpy.context.scene.render.engine = 'CYCLES'"]}""" });
        launch = launch with
        {
            Application = launch.Application! with { Package = """{"scene":"/s/a b.blend","output":"/tmp/qxblend-","engine":"WORKBENCH","jobSetupCmds":"print('set up')"}""" },
            Environment = new Dictionary<string, string> { ["PATH"] = $"{_bench.Folder}/bin:/usr/bin:/bin" },
            Reading = new OutputReading { Folders = [Path.Combine(root, "packaging", "rules")], ChecksPictures = true, RequiresPaths = true },
        };
        await using var farm = new TestFarm(machine);
        await farm.Output(launch, finishes: true);
        var ends = farm.Bodies<RunItemEnded>(launch.Key).ToList();
        Assert.True(ends is [{ Verdict.Kind: VerdictKind.None }, { Verdict.Text: "Error: no camera in frame 13" }, { Verdict.Kind: VerdictKind.None }], string.Join("; ", ends) + farm.Text(launch.Key));
        using var last = JsonDocument.Parse(ends[2].Result);
        Assert.Equal("/tmp/qxblend-0020.png,/tmp/qxblend-0022.png,/tmp/qxblend-0024.png", last.RootElement.GetProperty("outputPaths").GetString());
        var text = farm.Text(launch.Key);
        Assert.Equal((2, true, true), (text.Split("Blender 4.0.0 read /s/a b.blend").Length, text.Contains("0001.png' WORKBENCH", StringComparison.Ordinal), text.Contains("0020.png' CYCLES", StringComparison.Ordinal)));
        foreach (var file in Directory.EnumerateFiles("/tmp", "qxblend-*"))
        {
            File.Delete(file);
        }
    }
}
