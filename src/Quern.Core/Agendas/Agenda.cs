using System.Globalization;
using System.Text;

namespace Quern.Core.Agendas;

/// <summary>
/// An ordered list of items, computed from the text it was written as: a million frames cost a few bytes. Only repeated numbers and binary
/// order are kept as lists. Immutable. Names are unique. Rules and examples: reference, range syntax (Source: PipelineFX/docs: agenda ranges).
/// </summary>
public sealed class Agenda
{
    private readonly ItemSource? source;
    private readonly IReadOnlyList<string>? names;
    private readonly string range;
    private readonly AgendaSplit split;
    private readonly AgendaOrder order;
    private readonly int size;
    private readonly int chunk;
    private readonly List<(int First, int Count)>? chunks;
    private readonly int[]? permutation;
    private readonly int[]? inverse;
    private Dictionary<string, int>? byName;

    private Agenda(ItemSource source, string range, AgendaSplit split, int size, AgendaOrder order)
    {
        (this.source, this.range, this.split, this.order, this.size) = (source, range, split, order, size);
        chunk = split switch
        {
            AgendaSplit.Frames => 1,
            AgendaSplit.Chunks => Math.Max(1, size),
            AgendaSplit.Partitions => size < 1 ? 1 : (int)(((long)source.Count + size - 1) / size),
        };
        chunks = chunk == 1 ? null : Chunked(source, chunk);
        Count = chunks?.Count ?? source.Count;
        if (order == AgendaOrder.Binary)
        {
            permutation = BinaryOrder(Count);
            inverse = new int[Count];
            for (var at = 0; at < Count; at++)
            {
                inverse[permutation[at]] = at;
            }
        }
    }

    private Agenda(IReadOnlyList<string> names)
    {
        (this.names, range, Count, chunk) = (names, "", names.Count, 1);
    }

    public int Count { get; }

    /// <summary>Item <paramref name="index"/>, computed. Chunks are named by the shortest range text that says them.</summary>
    public AgendaItem this[int index]
    {
        get
        {
            if ((uint)index >= (uint)Count)
            {
                throw new ArgumentOutOfRangeException(nameof(index), index, $"the agenda has {Count} items");
            }

            if (names is not null)
            {
                return new AgendaItem(names[index], false, 0, 0, 0);
            }

            var at = Unordered(index);
            if (chunks is null)
            {
                var (literal, number) = source![at];
                return literal is not null ? new AgendaItem(literal, false, 0, 0, 0) : new AgendaItem(Text(number), true, number, number, 1);
            }

            return ChunkItem(chunks[at]);
        }
    }

    /// <summary>Reads a range. <paramref name="size"/> is the chunk length or the number of partitions; below 1 means one item a frame.</summary>
    /// <param name="limit">Most frames and names the range may have.</param>
    public static AgendaResult Parse(string range, AgendaSplit split, int size, AgendaOrder order, int limit)
    {
        var source = ItemSource.Parse(range, limit, out var refusal);
        if (source is null)
        {
            return new AgendaResult(null, refusal);
        }

        return new AgendaResult(new Agenda(source, range, split, split == AgendaSplit.Frames ? 1 : size, order), null);
    }

    /// <summary>An agenda of names. Refused: none, an empty one, one twice, control characters.</summary>
    public static AgendaResult Named(IReadOnlyList<string> names, int limit)
    {
        if (names.Count == 0 || names.Count > limit)
        {
            return new AgendaResult(null, names.Count == 0 ? "the agenda has no items: name at least one" : $"the agenda has {names.Count} items, this farm takes at most {limit} a job: split it");
        }

        var seen = new HashSet<string>();
        foreach (var name in names)
        {
            if (name.Length == 0 || name.Length > 256 || name.Any(char.IsControl))
            {
                return new AgendaResult(null, "an item name is empty, longer than 256 characters or holds a control character: give it a printable name");
            }

            if (!seen.Add(name))
            {
                return new AgendaResult(null, $"item '{name}' occurs twice in the agenda: names of items are unique in a job");
            }
        }

        return new AgendaResult(new Agenda([.. names]), null);
    }

    /// <summary>The index of the item of that name.</summary>
    public bool TryIndexOf(string name, out int index)
    {
        if (names is not null || chunks is not null)
        {
            byName ??= Enumerable.Range(0, Count).ToDictionary(at => this[at].Name);
            return byName.TryGetValue(name, out index);
        }

        var token = RangeToken.Parse(name, out _);
        var isNumber = token is { Literal: null, Count: 1 } && Text(token.Value.Start) == name;
        if (!source!.TryIndexOf(isNumber ? null : name, isNumber ? token!.Value.Start : 0, out var at))
        {
            index = -1;
            return false;
        }

        index = order switch { AgendaOrder.Ascend => at, AgendaOrder.Reverse => Count - 1 - at, AgendaOrder.Binary => inverse![at] };
        return true;
    }

    /// <summary>Short text from which <see cref="Load"/> makes the same agenda.</summary>
    public string Save()
    {
        if (names is null)
        {
            return $"{(int)split}:{(int)order}:{size}:{range}";
        }

        var text = new StringBuilder("n");
        foreach (var name in names)
        {
            text.Append(name.Length).Append(':').Append(name);
        }

        return text.ToString();
    }

    /// <summary>The agenda that <see cref="Save"/> wrote.</summary>
    public static Agenda Load(string saved)
    {
        if (saved[0] != 'n')
        {
            var parts = saved.Split(':', 4);
            return Parse(parts[3], (AgendaSplit)Number(parts[0]), Number(parts[2]), (AgendaOrder)Number(parts[1]), int.MaxValue).Agenda
                ?? throw new FormatException($"saved agenda '{saved}' does not read back");
        }

        var names = new List<string>();
        for (var at = 1; at < saved.Length;)
        {
            var colon = saved.IndexOf(':', at);
            var length = Number(saved[at..colon]);
            names.Add(saved.Substring(colon + 1, length));
            at = colon + 1 + length;
        }

        return new Agenda(names);
    }

    /// <summary>The shortest range text of these numbers, in this order: <c>1,3,5,7</c> is <c>1-7x2</c>.</summary>
    public static string Join(IEnumerable<long> numbers)
    {
        var text = new StringBuilder();
        var run = new List<long>();
        foreach (var number in numbers)
        {
            if (run.Count >= 2 && number - run[^1] != run[1] - run[0])
            {
                // Two numbers of a larger step are two entries: the second may begin a run of its own.
                Flush(text, run, run.Count == 2 && Math.Abs(run[1] - run[0]) != 1 ? 1 : run.Count);
            }

            run.Add(number);
        }

        while (run.Count > 0)
        {
            Flush(text, run, run.Count == 2 && Math.Abs(run[1] - run[0]) != 1 ? 1 : run.Count);
        }

        return text.ToString();
    }

    private static void Flush(StringBuilder text, List<long> run, int count)
    {
        text.Append(text.Length > 0 ? "," : "").Append(Text(run[0]));
        if (count > 1)
        {
            var step = Math.Abs(run[1] - run[0]);
            text.Append('-').Append(Text(run[count - 1])).Append(step == 1 ? "" : "x" + Text(step));
        }

        run.RemoveRange(0, count);
    }

    private int Unordered(int index) => order switch
    {
        AgendaOrder.Ascend => index,
        AgendaOrder.Reverse => Count - 1 - index,
        AgendaOrder.Binary => permutation![index],
    };

    /// <summary>Groups of numbers in their order; literals stay single and come first.</summary>
    private static List<(int First, int Count)> Chunked(ItemSource source, int chunk)
    {
        var literals = new List<(int, int)>();
        var groups = new List<(int First, int Count)>();
        for (var at = 0; at < source.Count;)
        {
            if (source[at].Literal is not null)
            {
                literals.Add((at++, 1));
                continue;
            }

            var first = at;
            while (at < source.Count && at - first < chunk && source[at].Literal is null)
            {
                at++;
            }

            groups.Add((first, at - first));
        }

        return [.. literals, .. groups];
    }

    private AgendaItem ChunkItem((int First, int Count) group)
    {
        if (source![group.First].Literal is { } literal)
        {
            return new AgendaItem(literal, false, 0, 0, 0);
        }

        var numbers = Enumerable.Range(group.First, group.Count).Select(at => source[at].Number).ToList();
        var step = numbers.Count > 1 ? Math.Abs(numbers[1] - numbers[0]) : 1;
        return new AgendaItem(Join(numbers), true, numbers[0], numbers[^1], step);
    }

    /// <summary>First, last, then the middles, level by level: of each stretch the index floor((length-1)/2).</summary>
    private static int[] BinaryOrder(int count)
    {
        var result = new int[count];
        var at = 0;
        if (count > 0)
        {
            result[at++] = 0;
        }

        if (count > 1)
        {
            result[at++] = count - 1;
        }

        var level = new Queue<(int Low, int High)>();
        level.Enqueue((1, count - 2));
        while (level.TryDequeue(out var stretch))
        {
            if (stretch.Low > stretch.High)
            {
                continue;
            }

            var middle = stretch.Low + ((stretch.High - stretch.Low) / 2);
            result[at++] = middle;
            level.Enqueue((stretch.Low, middle - 1));
            level.Enqueue((middle + 1, stretch.High));
        }

        return result;
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
