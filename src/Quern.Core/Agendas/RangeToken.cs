using System.Globalization;

namespace Quern.Core.Agendas;

/// <summary>
/// One comma-separated part of a range: numbers <c>Start, Start+Step ...</c> (<see cref="Count"/> of them), or a literal kept as it is.
/// Grammar (reference: range syntax): <c>INT | INT "-" INT [ "x" INT ] | literal</c>, numbers may be negative, start above end counts down.
/// </summary>
internal readonly record struct RangeToken(string? Literal, long Start, long Step, long Count)
{
    public long End => Start + (Step * (Count - 1));

    /// <returns>Null and a sentence for a range that is one but cannot be meant.</returns>
    public static RangeToken? Parse(string text, out string? refusal)
    {
        refusal = null;
        var at = 0;
        if (!TakeInt(text, ref at, out var start))
        {
            return new RangeToken(text, 0, 0, 1);
        }

        if (at == text.Length)
        {
            return new RangeToken(null, start, 1, 1);
        }

        if (text[at] != '-')
        {
            return new RangeToken(text, 0, 0, 1);
        }

        at++;
        if (!TakeInt(text, ref at, out var end))
        {
            return new RangeToken(text, 0, 0, 1);
        }

        long step = 1;
        if (at < text.Length && text[at] == 'x')
        {
            at++;
            if (!TakeInt(text, ref at, out step) || at != text.Length)
            {
                return new RangeToken(text, 0, 0, 1);
            }

            if (step < 1)
            {
                refusal = $"range '{text}': the step after 'x' must be 1 or more";
                return null;
            }
        }

        if (at != text.Length)
        {
            return new RangeToken(text, 0, 0, 1);
        }

        var span = (Int128)end - start;
        var count = ((span < 0 ? -span : span) / step) + 1;
        return new RangeToken(null, start, span < 0 ? -step : step, count > long.MaxValue ? long.MaxValue : (long)count);
    }

    private static bool TakeInt(string text, ref int at, out long value)
    {
        var from = at;
        var next = at < text.Length && text[at] == '-' ? at + 1 : at;
        var digits = next;
        while (next < text.Length && char.IsAsciiDigit(text[next]))
        {
            next++;
        }

        if (next == digits || !long.TryParse(text.AsSpan(from, next - from), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value))
        {
            value = 0;
            return false;
        }

        at = next;
        return true;
    }
}
