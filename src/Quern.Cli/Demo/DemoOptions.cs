using System.Globalization;

namespace Quern.Cli.Demo;

internal enum DemoRenderer { Povray, Blender }

/// <summary>What <c>quern demo</c> was asked for. Widths and heights are even, because the movie's pixels come in pairs.</summary>
internal sealed record DemoOptions
{
    public int Frames { get; init; } = 24;
    public DemoRenderer Renderer { get; init; } = DemoRenderer.Povray;
    public int Workers { get; init; } = 1;
    public int Slots { get; init; } = 2;
    public int Width { get; init; } = 640;
    public int Height { get; init; } = 360;

    /// <summary>Folder for frames and movie; null = one of its own, where the job's account can reach it.</summary>
    public string? Output { get; init; }

    /// <summary>The farm's state stays after the end, to look at.</summary>
    public bool Keep { get; init; }

    /// <summary>Print the jobs as JSON and end.</summary>
    public bool PlanOnly { get; init; }

    public bool Help { get; init; }

    public const string HelpText = """
        Renders a small animation on a farm of its own on this machine, from scene to movie.

        usage: quern demo [options]

          --frames N          frames of the animation (24)
          --renderer NAME     povray (default) or blender
          --workers N         workers to start (1)
          --slots N           slots of each worker (2)
          --width N           pixels, even (640)
          --height N          pixels, even (360)
          --output DIR        where frames and movie go (a new folder, named at the end)
          --keep              leave the farm's state in place and say how to look at it
          --plan              print the jobs as JSON instead of running them

        examples:
          quern demo
          quern demo --frames 48 --slots 4 --output ~/quern-demo
          sudo quern demo                 the frames belong to you, rendered in service mode
          quern demo --renderer blender
        """;

    /// <summary>The options, or one line that says which word is wrong and what it may be.</summary>
    public static (DemoOptions? Options, string? Refusal) Parse(IReadOnlyList<string> words)
    {
        var options = new DemoOptions();
        for (int at = 0; at < words.Count; at++)
        {
            string word = words[at];
            int equals = word.IndexOf('=', StringComparison.Ordinal);
            string name = (equals < 0 ? word : word[..equals]).TrimStart('-');
            if (!word.StartsWith('-') || name.Length == 0)
            {
                return (null, $"'{word}' is not an option; see quern demo --help");
            }
            if (Flag(options, name) is { } flagged)
            {
                options = flagged;
                continue;
            }
            string? value = equals >= 0 ? word[(equals + 1)..] : at + 1 < words.Count ? words[++at] : null;
            if (value is null)
            {
                return (null, $"--{name} needs a value; see quern demo --help");
            }
            (options, string? refusal) = Valued(options, name, value);
            if (refusal is not null)
            {
                return (null, refusal);
            }
        }
        return (options, null);
    }

    private static DemoOptions? Flag(DemoOptions options, string name) => name switch
    {
        "keep" => options with { Keep = true },
        "plan" => options with { PlanOnly = true },
        "help" or "h" => options with { Help = true },
        _ => null,
    };

    private static (DemoOptions, string?) Valued(DemoOptions options, string name, string value)
    {
        switch (name)
        {
            case "output":
                return value.Length == 0 ? (options, "--output needs a folder") : (options with { Output = Path.GetFullPath(value) }, null);
            case "renderer":
                return value switch
                {
                    "povray" => (options with { Renderer = DemoRenderer.Povray }, null),
                    "blender" => (options with { Renderer = DemoRenderer.Blender }, null),
                    _ => (options, $"--renderer is povray or blender, not '{value}'"),
                };
            case "frames": return Number(name, value, 1, 100_000, 1, number => options with { Frames = number }, options);
            case "workers": return Number(name, value, 1, 64, 1, number => options with { Workers = number }, options);
            case "slots": return Number(name, value, 1, 1024, 1, number => options with { Slots = number }, options);
            case "width": return Number(name, value, 16, 8192, 2, number => options with { Width = number }, options);
            case "height": return Number(name, value, 16, 8192, 2, number => options with { Height = number }, options);
            default: return (options, $"unknown option --{name}; see quern demo --help");
        }
    }

    private static (DemoOptions, string?) Number(string name, string value, int least, int most, int step, Func<int, DemoOptions> apply, DemoOptions options) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most && number % step == 0
            ? (apply(number), null)
            : (options, $"--{name} is {(step == 2 ? "an even" : "a whole")} number from {least} to {most}, not '{value}'");
}
