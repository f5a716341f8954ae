using System.Globalization;
using System.Text.Json;
using Quern.Execution.Runs;
using Wire = Quern.Protocol.Link;

namespace Quern.Worker.Core;

/// <summary>What is looked for in the output of a job's commands: by the settings of the host and the job's package. Keys as Qube's stock job types have them (reference, qube-jobs 10.5).</summary>
internal static class ReadingPlan
{
    private const string PatternPrefix = "regex_";

    public static OutputReading Of(Wire.Start start, WorkerFacts facts, WorkerSettings settings)
    {
        var package = Package(start.Package);
        var folders = settings.Text("worker_output_rules_path").Split(Path.PathSeparator, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var names = Words(package, "output_rules");
        return new OutputReading
        {
            Folders = names is ["none"] ? [] : folders.Length > 0 ? folders : [facts.Shipped("rules"), "/etc/quern/rules"],
            Names = names,
            Patterns = package.Where(pair => pair.Key.StartsWith(PatternPrefix, StringComparison.Ordinal)).ToDictionary(pair => pair.Key[PatternPrefix.Length..], pair => pair.Value),
            LicenceExitCodes = [.. Words(package, "licence_exit_codes").Where(word => int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out _)).Select(word => int.Parse(word, CultureInfo.InvariantCulture))],
            LicenceSeconds = settings.Number("worker_licence_retry_seconds"),
            RequiresPaths = IsOn(package.GetValueOrDefault("outputPaths_required", "")),
            LeastBytes = long.TryParse(package.GetValueOrDefault("validate_fileMinSize", ""), NumberStyles.None, CultureInfo.InvariantCulture, out var least) ? least : 0,
            ChecksPictures = package.TryGetValue("validate_images", out var validates) ? IsOn(validates) : settings.Text("worker_check_images") == "yes",
            MergesErrors = IsOn(package.GetValueOrDefault("redirectStderrToStdout", "")),
        };
    }

    /// <summary>Texts, numbers and switches of the package; what is nested is no word of ours.</summary>
    internal static Dictionary<string, string> Package(string json)
    {
        if (json.Length == 0)
        {
            return [];
        }

        using var document = JsonDocument.Parse(json);
        return document.RootElement.EnumerateObject()
            .Where(property => property.Value.ValueKind is JsonValueKind.String or JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False)
            .ToDictionary(property => property.Name, property => property.Value.ToString());
    }

    private static string[] Words(Dictionary<string, string> package, string key) =>
        package.GetValueOrDefault(key, "").Split([',', ' '], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static bool IsOn(string text) => text.ToLowerInvariant() is "1" or "true" or "yes" or "on";
}
