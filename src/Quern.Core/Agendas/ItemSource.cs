namespace Quern.Core.Agendas;

/// <summary>
/// The entries of a range in the order they were written, before they are split into items: numbers computed from segments, literals kept.
/// Sparse while no number occurs twice; otherwise the duplicates are taken out of a list.
/// </summary>
internal sealed class ItemSource
{
    private readonly List<RangeToken> segments;
    private readonly List<int> firsts = [];

    private ItemSource(List<RangeToken> segments)
    {
        this.segments = segments;
        foreach (var segment in segments)
        {
            firsts.Add(Count);
            Count += (int)segment.Count;
        }
    }

    public int Count { get; }

    public static ItemSource? Parse(string range, int limit, out string? refusal)
    {
        var segments = new List<RangeToken>();
        Int128 total = 0;
        foreach (var raw in range.Split(','))
        {
            var text = raw.Trim();
            if (text.Length == 0)
            {
                refusal = $"range '{Shorten(range)}' has an empty part: write numbers, FIRST-LAST, FIRST-LASTxSTEP or names, separated by ','";
                return null;
            }

            if (text.Any(char.IsControl))
            {
                refusal = $"range '{Shorten(range)}' holds a control character: item names are printable text";
                return null;
            }

            if (RangeToken.Parse(text, out refusal) is not { } token)
            {
                return null;
            }

            total += token.Count;
            segments.Add(token);
            if (total > limit)
            {
                refusal = $"range '{Shorten(range)}' has {total} frames, this farm takes at most {limit} a job: split it, or give it larger steps";
                return null;
            }
        }

        refusal = null;
        return new ItemSource(MayRepeat(segments) ? WithoutRepeats(segments) : segments);
    }

    public (string? Literal, long Number) this[int index]
    {
        get
        {
            var at = firsts.BinarySearch(index);
            at = at < 0 ? ~at - 1 : at;
            var segment = segments[at];
            return segment.Literal is { } literal ? (literal, 0) : (null, segment.Start + (segment.Step * (index - firsts[at])));
        }
    }

    public bool TryIndexOf(string? literal, long number, out int index)
    {
        for (var at = 0; at < segments.Count; at++)
        {
            var segment = segments[at];
            if (segment.Literal is not null || literal is not null)
            {
                if (segment.Literal is not null && segment.Literal == literal)
                {
                    index = firsts[at];
                    return true;
                }

                continue;
            }

            var offset = ((Int128)number - segment.Start) / segment.Step;
            if (((Int128)number - segment.Start) % segment.Step == 0 && offset >= 0 && offset < segment.Count)
            {
                index = firsts[at] + (int)offset;
                return true;
            }
        }

        index = -1;
        return false;
    }

    private static bool MayRepeat(List<RangeToken> segments)
    {
        var literals = new HashSet<string>();
        var spans = new List<(long Low, long High)>();
        foreach (var segment in segments)
        {
            if (segment.Literal is { } literal)
            {
                if (!literals.Add(literal))
                {
                    return true;
                }
            }
            else
            {
                spans.Add((Math.Min(segment.Start, segment.End), Math.Max(segment.Start, segment.End)));
            }
        }

        spans.Sort();
        for (var at = 1; at < spans.Count; at++)
        {
            if (spans[at].Low <= spans[at - 1].High)
            {
                return true;
            }
        }

        return false;
    }

    private static List<RangeToken> WithoutRepeats(List<RangeToken> segments)
    {
        var numbers = new HashSet<long>();
        var literals = new HashSet<string>();
        var kept = new List<RangeToken>();
        foreach (var segment in segments)
        {
            if (segment.Literal is { } literal)
            {
                if (literals.Add(literal))
                {
                    kept.Add(segment);
                }

                continue;
            }

            for (long at = 0; at < segment.Count; at++)
            {
                var number = segment.Start + (segment.Step * at);
                if (numbers.Add(number))
                {
                    Append(kept, number);
                }
            }
        }

        return kept;
    }

    /// <summary>Adds a number to the last run when it goes on with it.</summary>
    private static void Append(List<RangeToken> kept, long number)
    {
        if (kept.Count > 0 && kept[^1] is { Literal: null } last)
        {
            var step = last.Count == 1 ? number - last.Start : last.Step;
            if (step != 0 && last.End + step == number)
            {
                kept[^1] = last with { Step = step, Count = last.Count + 1 };
                return;
            }
        }

        kept.Add(new RangeToken(null, number, 1, 1));
    }

    private static string Shorten(string text) => text.Length <= 60 ? text : text[..57] + "...";
}
