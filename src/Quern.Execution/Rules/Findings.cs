using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Quern.Execution.Rules;

/// <summary>What the output of one item has said so far; bounded, whatever a job prints.</summary>
internal sealed class Findings
{
    private const int MostErrors = 20;
    private const int MostHighlights = 30;
    private const int MostEntries = 200;
    private const int MostPaths = 200;
    private const int LongestLine = 300;
    private const int LongestPath = 1024;
    private const int MostPathCharacters = 6000;
    private readonly List<string> _errors = [];
    private readonly List<string> _highlights = [];
    private readonly List<string> _paths = [];
    private int _pathCharacters;
    private double _total;

    /// <summary>0 to 1; below 0 = nothing was said of it.</summary>
    internal double Progress { get; private set; } = -1;

    internal IReadOnlyList<string> Paths => _paths;
    internal string? FirstError => _errors.Count > 0 ? _errors[0] : null;

    /// <summary>The line by which a licence was refused.</summary>
    internal string? Licence { get; private set; }

    /// <summary>More is known than when it was last told.</summary>
    internal bool IsNews { get; set; }

    /// <summary>Entries that an application's own report has beside those of the rules.</summary>
    private readonly Dictionary<string, JsonElement> _own = new(StringComparer.Ordinal);

    internal bool IsEmpty => _own.Count == 0 && Progress < 0 && _errors.Count == 0 && _highlights.Count == 0 && _paths.Count == 0;

    internal void Add(OutputRule rule, string line)
    {
        switch (rule.Kind)
        {
            case RuleKind.Error:
                Keep(_errors, MostErrors, line);
                break;
            case RuleKind.Highlight:
                Keep(_highlights, MostHighlights, line);
                break;
            case RuleKind.Licence:
                Licence ??= Short(line);
                break;
            case RuleKind.OutputPath:
                AddPaths(rule.Pattern.Match(line));
                break;
            case RuleKind.Progress:
                AddProgress(rule.Pattern.Match(line));
                break;
        }
    }

    /// <summary>What an application reports of its item: its result package, which is added to what there is, and how far it is.</summary>
    /// <param name="progress">0 to 1; below 0 = not said.</param>
    internal void Take(JsonElement? result, double progress = -1)
    {
        foreach (var entry in result is { ValueKind: JsonValueKind.Object } package ? package.EnumerateObject().Take(MostEntries) : [])
        {
            switch (entry.Name)
            {
                case "outputPaths":
                    Texts(entry.Value, ',').ForEach(AddPath);
                    break;
                case "errors":
                    Texts(entry.Value, '\n').ForEach(line => Keep(_errors, MostErrors, line));
                    break;
                case "highlights":
                    Texts(entry.Value, '\n').ForEach(line => Keep(_highlights, MostHighlights, line));
                    break;
                case "progress":
                    progress = progress < 0 && entry.Value.ValueKind == JsonValueKind.Number ? entry.Value.GetDouble() : progress;
                    break;
                default:
                    _own[entry.Name] = entry.Value;
                    IsNews = true;
                    break;
            }
        }

        if (progress >= 0 && double.IsFinite(progress))
        {
            var before = Progress;
            Progress = Math.Clamp(progress, 0, 1);
            IsNews |= Progress != before;
        }
    }

    /// <summary>A list of texts, or one text of several.</summary>
    private static List<string> Texts(JsonElement value, char between) => value.ValueKind switch
    {
        JsonValueKind.String => [.. value.GetString()!.Split(between, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)],
        JsonValueKind.Array => [.. value.EnumerateArray().Where(text => text.ValueKind == JsonValueKind.String).Select(text => text.GetString()!)],
        _ => [],
    };

    /// <summary>As Qube's resultpackage: texts joined by commas or lines, progress as a number.</summary>
    /// <param name="detail">2 = all; 1 = no highlights; 0 = of paths and errors the first.</param>
    internal void WriteTo(Utf8JsonWriter writer, int detail)
    {
        WriteText(writer, "outputPaths", string.Join(',', detail > 0 ? _paths : _paths.Take(1)));
        WriteText(writer, "errors", string.Join('\n', detail > 0 ? _errors : _errors.Take(1)));
        WriteText(writer, "highlights", detail > 1 ? string.Join('\n', _highlights) : "");
        if (Progress >= 0)
        {
            writer.WriteNumber("progress", Math.Round(Progress, 4));
        }

        foreach (var (name, value) in detail > 0 ? _own : [])
        {
            writer.WritePropertyName(name);
            value.WriteTo(writer);
        }
    }

    private static void WriteText(Utf8JsonWriter writer, string name, string text)
    {
        if (text.Length > 0)
        {
            writer.WriteString(name, text);
        }
    }

    private void Keep(List<string> lines, int most, string line)
    {
        var text = Short(line);
        if (lines.Count < most && !lines.Contains(text))
        {
            lines.Add(text);
            IsNews = true;
        }
    }

    private static string Short(string line) => line.Trim() is var text && text.Length > LongestLine ? text[..LongestLine] : text;

    private void AddPaths(Match match)
    {
        for (var group = match.Groups.Count > 1 ? 1 : 0; group < match.Groups.Count; group++)
        {
            AddPath(match.Groups[group].Value.Trim());
        }
    }

    private void AddPath(string path)
    {
        if (path.Length is > 0 and <= LongestPath && _paths.Count < MostPaths && _pathCharacters + path.Length <= MostPathCharacters && !_paths.Contains(path))
        {
            _paths.Add(path);
            _pathCharacters += path.Length;
            IsNews = true;
        }
    }

    /// <summary>Groups fraction, percent, done with total; else the first group: a share of one, or of a hundred above that.</summary>
    private void AddProgress(Match match)
    {
        var total = Number(match.Groups["total"]);
        _total = total > 0 ? total.Value : _total;
        var share = Number(match.Groups["fraction"]) is { } fraction ? fraction
            : Number(match.Groups["percent"]) is { } percent ? percent / 100
            : Number(match.Groups["done"]) is { } done ? (_total > 0 ? done / _total : null)
            : total is null && match.Groups.Count > 1 && Number(match.Groups[1]) is { } first ? (first > 1 ? first / 100 : first)
            : (double?)null;
        if (share is { } value && double.IsFinite(value))
        {
            var before = Progress;
            Progress = Math.Clamp(value, 0, 1);
            IsNews |= Progress != before;
        }
    }

    /// <summary>A number, or a time as hours, minutes and seconds.</summary>
    private static double? Number(Group group)
    {
        if (!group.Success)
        {
            return null;
        }

        double sum = 0;
        foreach (var part in group.Value.Split(':'))
        {
            if (!double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out var value))
            {
                return null;
            }

            sum = (sum * 60) + value;
        }

        return sum;
    }
}
