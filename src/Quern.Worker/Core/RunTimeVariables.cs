using System.Text.Json;

namespace Quern.Worker.Core;

/// <summary>Package key <c>env_runTimeOS</c>: variables of a job by the system it runs on, <c>{"Linux": {"NAME": "value"}, "Windows": ..., "Darwin": ...}</c>. Source: reference, qube-clients 5.3.</summary>
internal static class RunTimeVariables
{
    private const string Key = "env_runTimeOS";

    /// <param name="package">A JSON object, or empty.</param>
    /// <param name="os">linux, winnt or osx.</param>
    public static IReadOnlyDictionary<string, string> Of(string package, string os)
    {
        if (!package.Contains(Key, StringComparison.Ordinal))
        {
            return WorkerSettings.None;
        }

        using var document = JsonDocument.Parse(package);
        var system = os switch { "winnt" => "Windows", "osx" => "Darwin", _ => "Linux" };
        return document.RootElement.TryGetProperty(Key, out var all) && all.ValueKind == JsonValueKind.Object && all.TryGetProperty(system, out var own) && own.ValueKind == JsonValueKind.Object
            ? own.EnumerateObject().Where(pair => pair.Value.ValueKind is JsonValueKind.String or JsonValueKind.Number).GroupBy(pair => pair.Name).ToDictionary(pair => pair.Key, pair => pair.Last().Value.ToString())
            : WorkerSettings.None;
    }
}
