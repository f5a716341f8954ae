using System.Text;
using System.Text.Json;
using Quern.Execution.Runs;

namespace Quern.Execution.JobTypes;

/// <summary>
/// A job type's command for one job: <c>{folder}</c>, <c>{job.KEY}</c> and <c>{package.KEY}</c> are filled, each word staying one word whatever it is filled with. A word that is nothing but
/// <c>{package.KEY?}</c> is left out where the job has no such key.
/// </summary>
internal static class ApplicationWords
{
    /// <param name="problem">What the job lacks, one sentence.</param>
    internal static List<string> Of(ApplicationPlan plan, string jobType, out string problem)
    {
        var words = new List<string>();
        problem = "";
        using var job = Parse(plan.Job);
        using var package = Parse(plan.Package);
        foreach (var word in plan.Words)
        {
            if (word is ['{', .., '?', '}'] && Value(word[1..^2], plan, job, package) is null)
            {
                continue;
            }

            if (Fill(word.EndsWith("?}", StringComparison.Ordinal) && word[0] == '{' ? word[..^2] + "}" : word, plan, job, package, out var missing) is not { } filled)
            {
                problem = $"the job has no {missing}, which job type '{jobType}' needs: give it at submission";
                return [];
            }

            words.Add(filled);
        }

        return words;
    }

    /// <summary>The text with its fields filled; null when one is missing.</summary>
    internal static string? Fill(string text, ApplicationPlan plan, JsonDocument job, JsonDocument package, out string missing)
    {
        missing = "";
        var filled = new StringBuilder(text.Length);
        var done = 0;
        for (var at = text.IndexOf('{'); at >= 0; at = text.IndexOf('{', done))
        {
            var end = text.IndexOf('}', at);
            var name = end < 0 ? "" : text[(at + 1)..end];
            if (!IsField(name))
            {
                filled.Append(text, done, at + 1 - done);
                done = at + 1;
                continue;
            }

            if (Value(name, plan, job, package) is not { } value)
            {
                missing = name;
                return null;
            }

            filled.Append(text, done, at - done).Append(value);
            done = end + 1;
        }

        return filled.Append(text, done, text.Length - done).ToString();
    }

    internal static JsonDocument Parse(string json)
    {
        try
        {
            return JsonDocument.Parse(json.Length == 0 ? "{}" : json);
        }
        catch (JsonException)
        {
            return JsonDocument.Parse("{}");
        }
    }

    private static bool IsField(string name) => name == "folder" || name.StartsWith("job.", StringComparison.Ordinal) || name.StartsWith("package.", StringComparison.Ordinal);

    private static string? Value(string name, ApplicationPlan plan, JsonDocument job, JsonDocument package) => name == "folder" ? plan.Folder
        : name.StartsWith("job.", StringComparison.Ordinal) ? Text(job, name[4..])
        : name.StartsWith("package.", StringComparison.Ordinal) ? Text(package, name[8..])
        : null;

    private static string? Text(JsonDocument document, string key) => document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty(key, out var value) ? null : value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
        _ => null,
    };
}
