using System.Text.Json;
using Quern.Core.Triggers;

namespace Quern.Core.Dependencies;

/// <summary>
/// An <c>info-</c> term: which items wait for what, by some other means (callbacks). It is kept and shown, and holds nothing.
/// Item <c>""</c> is the whole job, <c>*</c> each item; what they wait for is <c>12</c>, <c>12:5</c> or <c>12:*</c>.
/// </summary>
public sealed record DependencyInfo(string Text, string State, IReadOnlyDictionary<string, IReadOnlyList<string>> WaitsFor)
{
    private const int MostEntries = 100_000;

    /// <returns>Null and a sentence when the text is none.</returns>
    internal static DependencyInfo? Parse(string text, out string? refusal)
    {
        var body = text[DependencyGrammar.InfoMark.Length..];
        var dash = body.IndexOf('-');
        var state = dash < 0 ? "" : body[..dash];
        if (state is not (EventNames.Complete or EventNames.Done or EventNames.Failed or EventNames.Killed))
        {
            refusal = "an info term is info-STATE-{...} with STATE complete, done, failed or killed";
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(body[(dash + 1)..]);
            var map = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
            refusal = ReadMap(document.RootElement, map);
            return refusal is null ? new DependencyInfo(text, state, map) : null;
        }
        catch (JsonException)
        {
            refusal = "the map of an info term is no JSON; it has double quotes only, such as info-complete-{\"*\":[\"12:*\"]}";
            return null;
        }
    }

    private static string? ReadMap(JsonElement root, Dictionary<string, IReadOnlyList<string>> map)
    {
        const string form = "the map of an info term gives each item a list of ids, such as {\"\":[\"12\"],\"*\":[\"13:*\"]}";
        if (root.ValueKind != JsonValueKind.Object)
        {
            return form;
        }

        foreach (var entry in root.EnumerateObject())
        {
            if (entry.Value.ValueKind != JsonValueKind.Array || entry.Value.EnumerateArray().Any(id => id.ValueKind != JsonValueKind.String || !IsTarget(id.GetString()!)))
            {
                return form;
            }

            map[entry.Name] = [.. entry.Value.EnumerateArray().Select(id => id.GetString()!)];
        }

        return map.Sum(entry => entry.Value.Count) <= MostEntries ? null : $"the map of an info term has more than {MostEntries} ids; name whole jobs";
    }

    private static bool IsTarget(string text)
    {
        var colon = text.IndexOf(':');
        return EventPattern.TryId(colon < 0 ? text : text[..colon], out _) && colon != text.Length - 1;
    }
}
