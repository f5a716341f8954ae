using System.Globalization;
using System.Text;

namespace Quern.Core.Agendas;

/// <summary>
/// The items of a job, computed when asked for: what is kept is what the range said. Never changes. The grammar is Qube's
/// (numbers, <c>1-100x3</c>, <c>-10-10</c>, <c>100--10</c>, names; the first of equal entries counts).
/// </summary>
public sealed class Agenda
{
    /// <summary>Characters of a name that a person gave.</summary>
    public const int LongestName = 256;

    private const string NamedMark = "named";
    private const string FramesMark = "frames";
    private const string ChunkMark = "chunk:";

    private readonly RangeNumbers _numbers;
    private readonly NameTable _literals;
    private readonly int[]? _literalAt; // item of each literal, ascending; null = they come first
    private readonly int _size; // numbers an item
    private readonly AgendaOrder _direction;
    private readonly ItemOrder _order;
    private readonly bool _frames;

    private Agenda(RangeNumbers numbers, NameTable literals, int[]? literalAt, int size, bool frames, AgendaOrder order)
    {
        _numbers = numbers;
        _literals = literals;
        _literalAt = literalAt;
        _size = size;
        _frames = frames;
        _direction = order;
        Count = literals.Count + (int)Groups(numbers.Count, size);
        _order = new ItemOrder(order, Count);
    }

    public int Count { get; }

    /// <summary>Estimated memory of this value.</summary>
    public long AgendaBytes => 80 + _numbers.Bytes + _literals.Bytes + _order.Bytes + 4L * (_literalAt?.Length ?? 0);

    /// <summary>The item at <paramref name="index"/>, 0 to <see cref="Count"/> - 1.</summary>
    public AgendaItem this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
            var place = _order.ToText(index);
            var literal = LiteralsUpTo(place);
            if (literal > 0 && LiteralPlace(literal - 1) == place)
            {
                return new AgendaItem(_literals[literal - 1], false, 0, 0, 0);
            }
            return Group(place - literal);
        }
    }

    /// <summary>
    /// Reads a range. <paramref name="size"/> is the numbers of a chunk, or how many partitions are wanted; below 1, one number an item;
    /// frames ignore it. Refused: malformed tokens, more than <paramref name="limit"/> items; nothing is allocated before the count is known.
    /// </summary>
    public static AgendaResult Parse(string range, AgendaSplit split, int size, AgendaOrder order, int limit)
    {
        var refusal = RangeText.Read(range, out var text);
        if (refusal is not null)
        {
            return AgendaResult.Refused(refusal);
        }
        var group = GroupSize(split, size, text.Count);
        refusal = TooMany(Groups(text.LongestCount, group), text, limit);
        if (refusal is null && RangeNumbers.Interleave(text.Runs))
        {
            // A part of the range may be there twice; sorting that out walks the numbers, so their count is bounded first.
            var most = 4L * Math.Max(limit, 1 << 20);
            if (text.Count > most)
            {
                return AgendaResult.Refused($"the range is refused: its parts overlap and have {text.Count} frames together, more than {most}; write them without overlap");
            }
            text.DropDuplicates();
            group = GroupSize(split, size, text.Count);
        }
        refusal ??= TooMany(Groups(text.Count, group) + text.Literals.Count, text, limit);
        return refusal is null ? new AgendaResult(Build(text, group, split == AgendaSplit.Frames, order), null) : AgendaResult.Refused(refusal);
    }

    /// <summary>Items with names of their own. Refused: none, an empty, repeated or long one, control characters, more than <paramref name="limit"/> items.</summary>
    public static AgendaResult Named(IReadOnlyList<string> names, int limit)
    {
        if (names.Count == 0)
        {
            return AgendaResult.Refused("the agenda is refused: it has no items; name at least one");
        }
        if (names.Count > limit)
        {
            return AgendaResult.Refused($"the agenda is refused: it has {names.Count} items, more than {limit}; submit several jobs");
        }
        for (var i = 0; i < names.Count; i++)
        {
            if (string.IsNullOrEmpty(names[i]))
            {
                return AgendaResult.Refused($"the agenda is refused: item {i} has an empty name; give each item a name of its own");
            }
            if (names[i].Length > LongestName)
            {
                return AgendaResult.Refused($"the agenda is refused: the name {RangeText.Quote(names[i])} of item {i} has more than {LongestName} characters; give it a shorter one");
            }
            if (names[i].Any(char.IsControl))
            {
                return AgendaResult.Refused($"the agenda is refused: the name {RangeText.Quote(names[i])} of item {i} contains a control character; names are plain text");
            }
        }
        var table = NameTable.TryCreate([.. names], out var duplicate);
        return table is null
            ? AgendaResult.Refused($"the agenda is refused: the name {RangeText.Quote(duplicate)} is there twice; give each item a name of its own")
            : new AgendaResult(new Agenda(new RangeNumbers([]), table, null, 1, false, AgendaOrder.Ascend), null);
    }

    /// <summary>The item called <paramref name="name"/>, without walking the agenda.</summary>
    public bool TryIndexOf(string name, out int index)
    {
        index = -1;
        if (_literals.TryPosition(name, out var literal))
        {
            index = _order.ToAgenda(LiteralPlace(literal));
            return true;
        }
        if (!TryFirstNumber(name, out var first) || !_numbers.TryPosition(first, out var position) || position % _size != 0)
        {
            return false;
        }
        var group = (int)(position / _size);
        if (!string.Equals(Group(group).Name, name, StringComparison.Ordinal))
        {
            return false;
        }
        index = _order.ToAgenda(group + LiteralsBeforeGroup(group));
        return true;
    }

    /// <summary>A short text that <see cref="Load"/> turns into the same agenda.</summary>
    public string Save()
    {
        if (_literals.Count == Count && _literalAt is null && _direction == AgendaOrder.Ascend)
        {
            return string.Join('\n', Enumerable.Range(0, Count).Select(i => _literals[i]).Prepend(NamedMark));
        }
        var text = new StringBuilder();
        text.Append(_frames ? FramesMark : $"{ChunkMark}{_size}").Append(' ').Append(_direction).Append(' ');
        AppendTokens(text);
        return text.ToString();
    }

    /// <summary>Reads what <see cref="Save"/> wrote; any other text is a <see cref="FormatException"/>.</summary>
    public static Agenda Load(string text)
    {
        if (text.StartsWith(NamedMark, StringComparison.Ordinal))
        {
            var names = text.Length == NamedMark.Length ? [] : text[(NamedMark.Length + 1)..].Split('\n');
            return Named(names, int.MaxValue).Agenda ?? throw Unreadable();
        }
        var parts = text.Split(' ', 3);
        if (parts.Length != 3 || !Enum.TryParse<AgendaOrder>(parts[1], out var order))
        {
            throw Unreadable();
        }
        var frames = parts[0] == FramesMark;
        var size = 1;
        if (!frames && !(parts[0].StartsWith(ChunkMark, StringComparison.Ordinal) && int.TryParse(parts[0].AsSpan(ChunkMark.Length), NumberStyles.None, CultureInfo.InvariantCulture, out size)))
        {
            throw Unreadable();
        }
        if (RangeText.Read(parts[2], out var range) is not null || size < 1 || Groups(range.Count, size) + range.Literals.Count > int.MaxValue)
        {
            throw Unreadable();
        }
        return Build(range, size, frames, order);
    }

    /// <summary>The shortest range text of numbers in their order: <c>1,3,5,7</c> is <c>1-7x2</c>.</summary>
    public static string Join(IEnumerable<long> numbers)
    {
        var joiner = new RangeJoiner();
        foreach (var number in numbers)
        {
            joiner.Add(number);
        }
        return string.Join(',', joiner.Finish());
    }

    private static Agenda Build(RangeText text, int group, bool frames, AgendaOrder order)
    {
        var literals = NameTable.TryCreate([.. text.Literals], out _)!;
        int[]? places = null;
        if (frames && literals.Count > 0 && text.Count > 0)
        {
            places = new int[literals.Count];
            for (var i = 0; i < places.Length; i++)
            {
                places[i] = (int)text.Before[i] + i;
            }
        }
        return new Agenda(new RangeNumbers(text.Runs), literals, places, group, frames, order);
    }

    private static int GroupSize(AgendaSplit split, int size, long numbers) => split switch
    {
        AgendaSplit.Frames => 1,
        AgendaSplit.Chunks => Math.Max(1, size),
        AgendaSplit.Partitions => size < 1 ? 1 : (int)Math.Clamp(Groups(numbers, size), 1, int.MaxValue),
    };

    private static long Groups(long numbers, int size) => numbers == 0 ? 0 : (numbers - 1) / size + 1;

    private static string? TooMany(long items, RangeText text, int limit)
    {
        if (items <= limit)
        {
            return null;
        }
        var token = text.LongestCount > 1 ? $" ({RangeText.Quote(text.Longest)} alone is {text.LongestCount} frames)" : "";
        return $"the range is refused: it gives {items} items, more than {limit}{token}; use larger chunks, or submit several jobs";
    }

    private AgendaItem Group(int group)
    {
        var from = (long)group * _size;
        var count = Math.Min(_size, _numbers.Count - from);
        if (count == 1)
        {
            var number = _numbers.At(from);
            return new AgendaItem(number.ToString(CultureInfo.InvariantCulture), true, number, number, 1);
        }
        var runs = _numbers.Slice(from, count);
        var name = string.Join(',', runs);
        if (runs.Count == 1)
        {
            return new AgendaItem(name, true, runs[0].Start, runs[0].Last, (long)runs[0].Stride);
        }
        if (count == 2 && Int128.Abs((Int128)runs[1].Start - runs[0].Start) is var stride && stride <= long.MaxValue)
        {
            return new AgendaItem(name, true, runs[0].Start, runs[1].Start, (long)stride);
        }
        // No single range says it: the bounds cover every number, and the name has them all.
        return new AgendaItem(name, true, runs.Min(run => run.Min), runs.Max(run => run.Max), 1);
    }

    private int LiteralPlace(int literal) => _literalAt is null ? literal : _literalAt[literal];

    /// <summary>How many literals stand at <paramref name="place"/> or before it.</summary>
    private int LiteralsUpTo(int place)
    {
        if (_literalAt is null)
        {
            return Math.Min(place + 1, _literals.Count);
        }
        var found = Array.BinarySearch(_literalAt, place);
        return found >= 0 ? found + 1 : ~found;
    }

    private int LiteralsBeforeGroup(int group)
    {
        if (_literalAt is null)
        {
            return _literals.Count;
        }
        // _literalAt[i] - i groups come before literal i, and that never falls.
        int low = 0, high = _literalAt.Length;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_literalAt[middle] - middle <= group)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }
        return low;
    }

    private static bool TryFirstNumber(string name, out long number)
    {
        var sign = name.StartsWith('-') ? 1 : 0;
        var digits = name.AsSpan(sign).IndexOfAny('-', ',');
        return long.TryParse(digits < 0 ? name : name.AsSpan(0, sign + digits), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
    }

    private void AppendTokens(StringBuilder text)
    {
        var literal = 0;
        var separator = "";
        long place = 0;
        void Literals()
        {
            for (; literal < _literals.Count && LiteralPlace(literal) == place; literal++, place++)
            {
                text.Append(separator).Append(_literals[literal]);
                separator = ",";
            }
        }

        foreach (var whole in _numbers.Runs)
        {
            var rest = whole;
            while (rest.Count > 0)
            {
                Literals();
                // A literal may stand inside a run: the run is written in two parts.
                var take = literal < _literals.Count ? Math.Min(rest.Count, LiteralPlace(literal) - place) : rest.Count;
                text.Append(separator).Append(rest.Slice(0, take));
                separator = ",";
                place += take;
                rest = take == rest.Count ? default : rest.Slice(take, rest.Count - take);
            }
        }
        Literals();
    }

    private static FormatException Unreadable() => new("the agenda in the store is not readable; restore the store from its backup");
}
