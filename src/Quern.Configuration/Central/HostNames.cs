using System.Globalization;

namespace Quern.Configuration.Central;

/// <summary>
/// The name part of a section: names by comma, each with ranges in brackets: <c>render[001-100]</c> (zero-padded because it is written so),
/// <c>fast[1-20,25]</c>. Bounds are inclusive. Source: PipelineFX/docs: qbwrk.conf (reference, worker 3.5).
/// </summary>
internal static class HostNames
{
    /// <summary>Most names that one file may stand for.</summary>
    public const int Most = 100_000;

    public const string GroupPrefix = "group:";

    private const int NameLength = 253;

    /// <exception cref="FormatException">What is wrong and what to do, without the place.</exception>
    public static List<string> Expand(string text, int most = Most)
    {
        var names = new List<string>();
        foreach (var part in SplitOutside(text))
        {
            Expand("", part.Trim(), names, most);
        }

        return names;
    }

    public static bool IsName(string name)
    {
        var bare = name.StartsWith(GroupPrefix, StringComparison.Ordinal) ? name[GroupPrefix.Length..] : name;
        return bare.Length is > 0 and <= NameLength && bare.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.');
    }

    private static void Expand(string before, string rest, List<string> names, int most)
    {
        var open = rest.IndexOf('[', StringComparison.Ordinal);
        if (open < 0)
        {
            var name = before + rest;
            if (!IsName(name))
            {
                throw new FormatException($"'{SettingDefinition.Quote(name)}' cannot be a section's name; use letters, digits, dots, dashes and underscores");
            }

            if (names.Count >= most)
            {
                throw new FormatException($"the sections stand for more than {Most} hosts; make the ranges smaller");
            }

            names.Add(name);
            return;
        }

        var close = rest.IndexOf(']', open);
        if (close < 0 || before.Length + rest.Length > NameLength + 200)
        {
            throw new FormatException($"'{SettingDefinition.Quote(rest)}' is not a range; write it as name[001-100]");
        }

        foreach (var number in Numbers(rest[(open + 1)..close], most))
        {
            Expand(before + rest[..open] + number, rest[(close + 1)..], names, most);
        }
    }

    private static IEnumerable<string> Numbers(string text, int most)
    {
        foreach (var part in text.Split(','))
        {
            var bounds = part.Split('-');
            if (bounds.Length > 2 || !TryNumber(bounds[0], out var low) || !TryNumber(bounds[^1], out var high))
            {
                throw new FormatException($"'[{SettingDefinition.Quote(text)}]' is not a range of numbers; write it as [001-100]");
            }

            if (low > high || high - low >= most)
            {
                throw new FormatException($"'[{SettingDefinition.Quote(text)}]' {(low > high ? "counts down" : "stands for too many hosts")}; write the smaller number first and at most {Most} of them");
            }

            var digits = bounds[0].Trim();
            var format = digits is ['0', _, ..] ? new string('0', digits.Length) : "0";
            for (var number = low; number <= high; number++)
            {
                yield return number.ToString(format, CultureInfo.InvariantCulture);
            }
        }
    }

    private static bool TryNumber(string text, out int number) => int.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out number) && text.Trim().Length <= 9;

    /// <summary>Parts between commas that are not in brackets.</summary>
    private static IEnumerable<string> SplitOutside(string text)
    {
        var (start, depth) = (0, 0);
        for (var at = 0; at < text.Length; at++)
        {
            depth += text[at] switch { '[' => 1, ']' => -1, _ => 0 };
            if (text[at] == ',' && depth <= 0)
            {
                yield return text[start..at];
                start = at + 1;
            }
        }

        yield return text[start..];
    }
}
