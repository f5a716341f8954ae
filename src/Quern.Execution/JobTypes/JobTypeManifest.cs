using System.Text.Json;

namespace Quern.Execution.JobTypes;

/// <summary>
/// <c>job.json</c>: a job type that is any program which speaks the lines of docs/job-types.md. Comments and commas at the end are allowed; an unknown key is an error, because it
/// is mostly a known one misspelt; what is the job type's own business stands under <c>config</c>.
/// </summary>
internal static class JobTypeManifest
{
    internal const string FileName = "job.json";
    private static readonly string[] Known = ["description", "version", "command", "channel", "env", "config", "systems"];
    private static readonly JsonDocumentOptions Options = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip, MaxDepth = 16 };

    /// <param name="os">linux, osx or winnt: what stands under that name in <c>systems</c> comes before the rest.</param>
    internal static JobType? Read(string name, string folder, string text, string os, out string problem)
    {
        try
        {
            using var document = JsonDocument.Parse(text, Options);
            return Read(name, folder, document.RootElement, os, out problem);
        }
        catch (JsonException failure)
        {
            problem = $"job type '{name}': '{FileName}' is no JSON (line {failure.LineNumber + 1}): correct it";
            return null;
        }
        catch (FormatException failure)
        {
            problem = $"job type '{name}': in '{FileName}' {failure.Message}";
            return null;
        }
    }

    private static JobType? Read(string name, string folder, JsonElement root, string os, out string problem)
    {
        Check(root, "the file");
        JsonElement? own = root.TryGetProperty("systems", out var systems) && Object(systems, "systems").TryGetProperty(os, out var system) ? Object(system, "systems." + os) : null;
        if (own is { } special)
        {
            Check(special, "systems." + os);
        }

        if ((Find("command") is { } command ? Texts(command) : []) is not { Count: > 0 } words || words[0].Length == 0)
        {
            problem = $"job type '{name}' names no program: write \"command\": [\"PROGRAM\", ...] in '{FileName}'";
            return null;
        }

        var channel = Find("channel") is { } word ? Text(word, "channel") : "descriptors";
        problem = channel is "descriptors" or "stdio" ? "" : $"job type '{name}' has channel '{channel}': use descriptors or stdio in '{FileName}'";
        var variables = Find("env") is { } env ? Object(env, "env").EnumerateObject().ToDictionary(pair => pair.Name, pair => Text(pair.Value, "env." + pair.Name)) : [];
        return problem.Length > 0 ? null : new JobType(name, folder, words, IsPython: false, channel == "stdio", variables);

        JsonElement? Find(string key) => own?.TryGetProperty(key, out var found) == true || root.TryGetProperty(key, out found) ? found : null;
    }

    private static void Check(JsonElement part, string what)
    {
        if (Object(part, what).EnumerateObject().FirstOrDefault(pair => !Known.Contains(pair.Name)) is { Value.ValueKind: not JsonValueKind.Undefined } unknown)
        {
            throw new FormatException($"'{unknown.Name}' is no key: use one of {string.Join(", ", Known)}");
        }
    }

    private static JsonElement Object(JsonElement value, string what) =>
        value.ValueKind == JsonValueKind.Object ? value : throw new FormatException($"{what} is no object: write it in braces");

    private static string Text(JsonElement value, string what) =>
        value.ValueKind == JsonValueKind.String ? value.GetString()! : throw new FormatException($"{what} is no text: write it in quotation marks");

    private static List<string> Texts(JsonElement value) => value.ValueKind == JsonValueKind.Array
        ? [.. value.EnumerateArray().Select(word => Text(word, "a word of command"))]
        : throw new FormatException("command is no list: write it as [\"PROGRAM\", \"ARGUMENT\"]");
}
