using System.Globalization;

namespace Quern.Cli.Listing;

/// <summary>Many host names in few words: <c>render[001-100], w2</c>. Runs of numbers of one width after one beginning become a range.</summary>
internal static class HostRanges
{
    public static string Of(IEnumerable<string> names)
    {
        var parts = new List<string>();
        foreach (var group in names.Distinct().Select(Split).GroupBy(name => (name.Before, Width: name.Digits.Length)).OrderBy(group => group.Key.Before, StringComparer.Ordinal).ThenBy(group => group.Key.Width))
        {
            if (group.Key.Width is 0 or > 9)
            {
                parts.AddRange(group.Select(name => name.Before + name.Digits));
                continue;
            }

            var numbers = group.Select(name => int.Parse(name.Digits, CultureInfo.InvariantCulture)).Order().ToList();
            for (int from = 0, to; from < numbers.Count; from = to)
            {
                for (to = from + 1; to < numbers.Count && numbers[to] == numbers[to - 1] + 1; to++)
                {
                }

                string Text(int at) => numbers[at].ToString(new string('0', group.Key.Width), CultureInfo.InvariantCulture);
                parts.Add(to - from > 1 ? $"{group.Key.Before}[{Text(from)}-{Text(to - 1)}]" : group.Key.Before + Text(from));
            }
        }

        return string.Join(", ", parts);
    }

    private static (string Before, string Digits) Split(string name)
    {
        var bare = name.TrimEnd('0', '1', '2', '3', '4', '5', '6', '7', '8', '9');
        return (bare, name[bare.Length..]);
    }
}
