using System.Reflection;
using System.Text;
using System.Text.Json;
using Quern.Protocol.Api;

namespace Quern.Cli.Demo;

/// <summary>
/// The four jobs: prepare, render, encode, contact sheet. Everything in the output folder is written by the jobs, as the jobs' account; the
/// scene travels inside the command of the first.
/// </summary>
internal sealed class DemoPlan(DemoOptions options, string output)
{
    public const string Movie = "quern.mp4";
    public const string ContactSheet = "contact-sheet.png";

    /// <summary>Most frames on the contact sheet; of longer animations every n-th.</summary>
    private const int SheetFrames = 96;

    private int Digits => options.Frames.ToString().Length;

    /// <summary>Debian packages whose programs the jobs call, by program.</summary>
    public static IReadOnlyList<(string Program, string Package)> Needs(DemoRenderer renderer) =>
        renderer == DemoRenderer.Blender ? [("blender", "blender"), ("ffmpeg", "ffmpeg")] : [("povray", "povray"), ("ffmpeg", "ffmpeg")];

    public string FramePattern => Path.Combine("frames", $"quern%0{Digits}d.png");

    /// <summary>The jobs in order. <paramref name="before"/> gives the id of the job that the next one waits for, once it is known.</summary>
    public IReadOnlyList<JobRequest> Jobs() =>
    [
        Job("prepare", Prepare()),
        Job("render", Render()) with
        {
            Prototype = "cmdrange",
            Range = $"1-{options.Frames}",
            Cpus = Math.Min(options.Frames, options.Workers * options.Slots),
        },
        Job("encode", Encode()),
        Job("contact sheet", Sheet()),
    ];

    private JobRequest Job(string name, string command) => new()
    {
        Name = $"demo: {name}",
        Prototype = "cmdline",
        Package = new Dictionary<string, JsonElement> { ["cmdline"] = ApiJson.Text(command), ["shell"] = ApiJson.Text("/bin/sh") },
        Cpus = 1,
        Cwd = output,
        Kind = "demo",
    };

    private string Prepare()
    {
        var text = new StringBuilder("set -e\nmkdir -p frames\n");
        if (options.Renderer == DemoRenderer.Blender)
        {
            HereDocument(text, "quern.py", Resource("quern.py")
                .Replace("@FRAMES@", options.Frames.ToString(), StringComparison.Ordinal)
                .Replace("@WIDTH@", options.Width.ToString(), StringComparison.Ordinal)
                .Replace("@HEIGHT@", options.Height.ToString(), StringComparison.Ordinal)
                .Replace("@DIGITS@", Digits.ToString(), StringComparison.Ordinal));
        }
        else
        {
            HereDocument(text, "quern.pov", Resource("quern.pov"));
            HereDocument(text, "quern.ini", PovraySettings());
        }
        return text.Append("ls -l quern.*\n").ToString();
    }

    // Cyclic: the frame after the last is the first again, so that the movie loops. One thread a frame: the slots are the parallelism.
    private string PovraySettings() => $"""
        Input_File_Name=quern.pov
        Output_File_Name=frames/quern.png
        Width={options.Width}
        Height={options.Height}
        Antialias=On
        Antialias_Threshold=0.15
        Antialias_Depth=3
        Work_Threads=1
        Display=Off
        Verbose=Off
        Initial_Frame=1
        Final_Frame={options.Frames}
        Cyclic_Animation=On

        """;

    // A single frame has no digits in its name unless the range has them: POV-Ray numbers as soon as Final_Frame is above 1.
    private string Render() => options switch
    {
        { Renderer: DemoRenderer.Blender } => "exec blender -b --factory-startup -noaudio -P quern.py -- QB_FRAME_NUMBER",
        { Frames: 1 } => "exec povray quern.ini +Oframes/quern1.png +KFI0 +KFF0 +K0",
        _ => "exec povray quern.ini +SFQB_FRAME_NUMBER +EFQB_FRAME_NUMBER",
    };

    // Four times round, so that a second's worth of frames is worth looking at.
    private string Encode() =>
        $"exec ffmpeg -nostdin -y -loglevel error -stream_loop 3 -framerate 24 -i {FramePattern} -c:v libx264 -pix_fmt yuv420p -movflags +faststart {Movie}";

    private string Sheet()
    {
        int every = (options.Frames + SheetFrames - 1) / SheetFrames;
        int shown = (options.Frames + every - 1) / every;
        int columns = Math.Max(1, (int)Math.Ceiling(Math.Sqrt(shown * 1.2)));
        int rows = (shown + columns - 1) / columns;
        return $"exec ffmpeg -nostdin -y -loglevel error -i {FramePattern} -vf \"select=not(mod(n\\,{every})),scale=240:-2,tile={columns}x{rows}:padding=4:margin=4\" -frames:v 1 {ContactSheet}";
    }

    private static void HereDocument(StringBuilder text, string file, string content) =>
        text.Append($"cat > {file} <<'END_OF_{file}'\n").Append(content.TrimEnd('\n')).Append($"\nEND_OF_{file}\n");

    private static string Resource(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"Demo.{name}")
            ?? throw new InvalidOperationException($"the program was built without its scene {name}");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
