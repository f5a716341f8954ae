using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Quern.Worker;

/// <summary>Graphics cards, as their maker's own tool tells: <c>gpu</c> (how many), <c>gpu.name</c>, <c>gpu.memory</c> (MB of the first). Without the tool none.</summary>
internal static class GraphicsCards
{
    private static readonly string[] Tools = OperatingSystem.IsWindows() ? [Path.Combine(Environment.SystemDirectory, "nvidia-smi.exe")] : ["/usr/bin/nvidia-smi", "/usr/local/bin/nvidia-smi"];
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    public static void AddTo(IDictionary<string, string> properties)
    {
        if (Array.Find(Tools, File.Exists) is not { } tool)
        {
            return;
        }

        // NAME, MEMORY in MB: a line a card.
        var cards = Ask(tool, ["--query-gpu=name,memory.total", "--format=csv,noheader,nounits"]).Select(line => line.Split(',', StringSplitOptions.TrimEntries)).Where(card => card.Length == 2).ToList();
        properties["gpu"] = cards.Count.ToString(CultureInfo.InvariantCulture);
        if (cards.Count > 0)
        {
            properties["gpu.name"] = cards[0][0];
            properties["gpu.memory"] = cards[0][1];
        }
    }

    /// <summary>Lines of its answer; none when it fails or takes too long.</summary>
    private static string[] Ask(string tool, string[] words)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(tool, words) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var answer = process.StandardOutput.ReadToEndAsync();
            if (process.WaitForExit(Limit) && process.ExitCode == 0)
            {
                return answer.GetAwaiter().GetResult().Split('\n', StringSplitOptions.RemoveEmptyEntries);
            }

            process.Kill();
        }
        catch (Exception failure) when (failure is Win32Exception or InvalidOperationException)
        {
            // A card whose tool does not run is none that a job could use.
        }

        return [];
    }
}
