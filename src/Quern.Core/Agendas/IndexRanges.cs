using System.Globalization;
using System.Text;

namespace Quern.Core.Agendas;

/// <summary>Item indexes that follow each other, both ends included.</summary>
public readonly record struct IndexRange(int First, int Last)
{
    public int Count => Last - First + 1;
    public bool Contains(int index) => index >= First && index <= Last;
    public override string ToString() => First == Last
        ? First.ToString(CultureInfo.InvariantCulture)
        : $"{First.ToString(CultureInfo.InvariantCulture)}-{Last.ToString(CultureInfo.InvariantCulture)}";
}

/// <summary>Sets of item indexes as short text, <c>0-3,7,9-12</c>: ascending, each index once. The empty set is the empty text.</summary>
public static class IndexRanges
{
    /// <summary>The text of a set given in any order; repeated indexes count once. Indexes are not negative.</summary>
    public static string Format(IEnumerable<int> indexes) => Format(Fold(indexes));

    /// <summary>The text of ranges that ascend and do not touch, as <see cref="Fold"/> gives them.</summary>
    public static string Format(IReadOnlyList<IndexRange> ranges)
    {
        var text = new StringBuilder();
        foreach (var range in ranges)
        {
            text.Append(text.Length == 0 ? "" : ",").Append(range.ToString());
        }
        return text.ToString();
    }

    /// <summary>The fewest ranges that hold exactly these indexes, ascending.</summary>
    public static List<IndexRange> Fold(IEnumerable<int> indexes)
    {
        List<int> sorted = [.. indexes];
        sorted.Sort();
        var ranges = new List<IndexRange>();
        foreach (var index in sorted)
        {
            if (ranges.Count > 0 && index <= ranges[^1].Last + 1L)
            {
                ranges[^1] = ranges[^1] with { Last = index };
            }
            else
            {
                ranges.Add(new IndexRange(index, index));
            }
        }
        return ranges;
    }

    /// <summary>Reads <see cref="Format(IReadOnlyList{IndexRange})"/>'s text; false for any other: not ascending, touching, negative, signed.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out List<IndexRange> ranges)
    {
        ranges = [];
        if (text.IsEmpty)
        {
            return true;
        }
        foreach (var part in text.Split(','))
        {
            var token = text[part];
            var dash = token.IndexOf('-');
            if (!TryIndex(dash < 0 ? token : token[..dash], out var first))
            {
                return false;
            }
            var last = first;
            if (dash >= 0 && (!TryIndex(token[(dash + 1)..], out last) || last <= first))
            {
                return false;
            }
            if (ranges.Count > 0 && first <= ranges[^1].Last + 1L)
            {
                return false;
            }
            ranges.Add(new IndexRange(first, last));
        }
        return true;
    }

    /// <summary>Every index of a text that <see cref="TryParse"/> takes; any other is a <see cref="FormatException"/>.</summary>
    public static IEnumerable<int> Expand(string text)
    {
        if (!TryParse(text, out var ranges))
        {
            throw new FormatException($"{RangeText.Quote(text)} is not a set of item indexes, as in 0-3,7");
        }
        return Expand(ranges);
    }

    public static IEnumerable<int> Expand(IReadOnlyList<IndexRange> ranges)
    {
        foreach (var range in ranges)
        {
            for (long index = range.First; index <= range.Last; index++)
            {
                yield return (int)index;
            }
        }
    }

    private static bool TryIndex(ReadOnlySpan<char> text, out int index) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out index) && (text.Length == 1 || text[0] != '0');
}
