using System.Buffers;
using System.Globalization;

namespace Quern.Core.Agendas;

/// <summary>What a range's text says, before it is split and ordered. <see cref="Before"/> counts the numbers ahead of each literal.</summary>
internal sealed class RangeText
{
    // Sums of this many numbers stay far from the end of a long; no limit of items lets them through.
    private const long MostNumbers = 1L << 62;

    private static readonly SearchValues<char> OfRanges = SearchValues.Create("0123456789-xX");

    public List<RangeRun> Runs { get; private set; } = [];
    public List<string> Literals { get; } = [];
    public List<long> Before { get; } = [];
    public long Count { get; private set; }

    /// <summary>The token with the most numbers, for a sentence about their count.</summary>
    public string Longest { get; private set; } = "";
    public long LongestCount { get; private set; }

    /// <summary>Reads the tokens; a refusal or null.</summary>
    public static string? Read(string text, out RangeText range)
    {
        range = new RangeText();
        var joiner = new RangeJoiner();
        var literals = new HashSet<string>(StringComparer.Ordinal);
        foreach (var span in text.AsSpan().Split(','))
        {
            var token = text.AsSpan(span).Trim();
            var refusal = ReadToken(token, out var run);
            if (refusal is not null)
            {
                return refusal;
            }
            if (run.Count == 0)
            {
                range.AddLiteral(token.ToString(), literals);
            }
            else if (range.Count > MostNumbers - run.Count)
            {
                return TooMany(token);
            }
            else
            {
                range.AddRun(run, token, joiner);
            }
        }
        range.Runs = joiner.Finish();
        return null;
    }

    /// <summary>Keeps the first of equal numbers. Walks every number: the caller has bounded <see cref="Count"/>.</summary>
    public void DropDuplicates()
    {
        var seen = new HashSet<long>();
        var joiner = new RangeJoiner();
        var literal = 0;
        long walked = 0;
        foreach (var run in Runs)
        {
            for (long i = 0; i < run.Count; i++, walked++)
            {
                while (literal < Before.Count && Before[literal] <= walked)
                {
                    Before[literal++] = seen.Count;
                }
                if (seen.Add(run.At(i)))
                {
                    joiner.Add(run.At(i));
                }
            }
        }
        while (literal < Before.Count)
        {
            Before[literal++] = seen.Count;
        }
        Runs = joiner.Finish();
        Count = seen.Count;
    }

    /// <summary>A token for a sentence: whole when short.</summary>
    public static string Quote(ReadOnlySpan<char> token)
    {
        var shown = token.Length <= 60 ? token.ToString() : $"{token[..57]}...";
        return $"\"{string.Create(shown.Length, shown, (into, from) =>
        {
            for (var i = 0; i < into.Length; i++)
            {
                into[i] = char.IsControl(from[i]) ? '?' : from[i];
            }
        })}\"";
    }

    private void AddLiteral(string name, HashSet<string> literals)
    {
        if (literals.Add(name))
        {
            Literals.Add(name);
            Before.Add(Count);
        }
    }

    private void AddRun(RangeRun run, ReadOnlySpan<char> token, RangeJoiner joiner)
    {
        joiner.Add(run);
        Count += run.Count;
        if (run.Count > LongestCount)
        {
            LongestCount = run.Count;
            Longest = token.ToString();
        }
    }

    /// <summary>A run, or none for a literal; a refusal or null.</summary>
    private static string? ReadToken(ReadOnlySpan<char> token, out RangeRun run)
    {
        run = default;
        if (token.IsEmpty)
        {
            return "the range is refused: it has an empty part; write numbers, ranges like 1-100x3 or names, as in 1-10,20,title";
        }
        foreach (var c in token)
        {
            if (char.IsControl(c))
            {
                return $"the range is refused: {Quote(token)} contains a control character; names are plain text";
            }
        }
        if (!LooksNumeric(token))
        {
            return token.Length <= Agenda.LongestName
                ? null
                : $"the range is refused: the name {Quote(token)} has more than {Agenda.LongestName} characters; use a shorter one";
        }
        var rest = token;
        if (!TakeNumber(ref rest, out var first))
        {
            return Malformed(token);
        }
        var last = first;
        if (!rest.IsEmpty)
        {
            if (rest[0] != '-')
            {
                return Malformed(token);
            }
            rest = rest[1..];
            if (!TakeNumber(ref rest, out last))
            {
                return Malformed(token);
            }
        }
        return ReadStep(token, rest, first, last, out run);
    }

    private static string? ReadStep(ReadOnlySpan<char> token, ReadOnlySpan<char> rest, Int128 first, Int128 last, out RangeRun run)
    {
        run = default;
        Int128 step = 1;
        if (!rest.IsEmpty)
        {
            if (rest[0] != 'x' || rest.Length == 1 || rest[1] == '-')
            {
                return Malformed(token);
            }
            rest = rest[1..];
            if (!TakeNumber(ref rest, out step) || !rest.IsEmpty)
            {
                return Malformed(token);
            }
        }
        if (step == 0)
        {
            return $"the range is refused: {Quote(token)} has step 0; a step is at least 1, as in 1-100x3";
        }
        if (!Fits(first) || !Fits(last) || !Fits(step))
        {
            return $"the range is refused: {Quote(token)} has a number beyond 64 bits; use smaller frame numbers";
        }
        var count = Int128.Abs(last - first) / step + 1;
        if (count > MostNumbers)
        {
            return TooMany(token);
        }
        run = new RangeRun((long)first, count == 1 ? 0 : (long)(last < first ? -step : step), (long)count);
        return null;
    }

    /// <summary>Made of digits, dashes and x, beginning like a number: if that is not a range, it is a mistake and not a name.</summary>
    private static bool LooksNumeric(ReadOnlySpan<char> token)
    {
        var digits = token[0] == '-' ? token[1..] : token;
        return !digits.IsEmpty && char.IsAsciiDigit(digits[0]) && token.IndexOfAnyExcept(OfRanges) < 0;
    }

    private static bool TakeNumber(ref ReadOnlySpan<char> text, out Int128 number)
    {
        var sign = !text.IsEmpty && text[0] == '-' ? 1 : 0;
        var length = text[sign..].IndexOfAnyExceptInRange('0', '9');
        var end = length < 0 ? text.Length : sign + length;
        number = 0;
        if (end == sign)
        {
            return false;
        }
        // Too long for 128 bits is also too long for 64: any such value serves.
        if (!Int128.TryParse(text[..end], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number))
        {
            number = Int128.MaxValue;
        }
        text = text[end..];
        return true;
    }

    private static bool Fits(Int128 number) => number >= -long.MaxValue && number <= long.MaxValue;

    private static string Malformed(ReadOnlySpan<char> token) =>
        $"the range is refused: {Quote(token)} is not a range; write a number, FIRST-LAST or FIRST-LASTxSTEP, as in 1-100x3";

    private static string TooMany(ReadOnlySpan<char> token) =>
        $"the range is refused: {Quote(token)} brings more than 2^62 frames, and a farm counts at most that; use a shorter range";
}
