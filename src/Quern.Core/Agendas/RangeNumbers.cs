namespace Quern.Core.Agendas;

/// <summary>A list of different numbers, kept as runs: a million numbers in a row cost what one costs.</summary>
internal sealed class RangeNumbers
{
    private const int FewRuns = 16;

    private readonly RangeRun[] _runs;
    private readonly long[] _first; // position of each run's first number
    private readonly RangeRun[]? _byMin; // many runs that do not interleave: sorted, with their positions
    private readonly long[]? _byMinFirst;
    private readonly Dictionary<long, long>? _positions; // many runs that do

    public RangeNumbers(List<RangeRun> runs)
    {
        _runs = [.. runs];
        _first = new long[_runs.Length];
        for (var i = 0; i < _runs.Length; i++)
        {
            _first[i] = Count;
            Count += _runs[i].Count;
        }
        if (_runs.Length <= FewRuns)
        {
            return;
        }
        if (!Interleave(runs))
        {
            _byMin = [.. _runs];
            _byMinFirst = [.. _first];
            Array.Sort(_byMin, _byMinFirst, Comparer<RangeRun>.Create((a, b) => a.Min.CompareTo(b.Min)));
            return;
        }
        _positions = new Dictionary<long, long>((int)Count);
        for (long i = 0; i < Count; i++)
        {
            _positions[At(i)] = i;
        }
    }

    public long Count { get; }
    public IReadOnlyList<RangeRun> Runs => _runs;

    /// <summary>Estimated memory.</summary>
    public long Bytes => 96 + 32L * _runs.Length + 32L * (_byMin?.Length ?? 0) + 40L * (_positions?.Count ?? 0);

    public long At(long position)
    {
        var run = RunAt(position);
        return _runs[run].At(position - _first[run]);
    }

    public bool TryPosition(long number, out long position)
    {
        if (_positions is not null)
        {
            return _positions.TryGetValue(number, out position);
        }
        if (_byMin is not null)
        {
            return TryPositionSorted(number, out position);
        }
        for (var i = 0; i < _runs.Length; i++)
        {
            var inside = _runs[i].PositionOf(number);
            if (inside >= 0)
            {
                position = _first[i] + inside;
                return true;
            }
        }
        position = -1;
        return false;
    }

    /// <summary>The shortest runs of the numbers from <paramref name="from"/> on.</summary>
    public List<RangeRun> Slice(long from, long count)
    {
        var joiner = new RangeJoiner();
        for (var run = RunAt(from); count > 0; run++)
        {
            var inside = from - _first[run];
            var take = Math.Min(count, _runs[run].Count - inside);
            joiner.Add(_runs[run].Slice(inside, take));
            from += take;
            count -= take;
        }
        return joiner.Finish();
    }

    /// <summary>Whether the spans of two runs overlap: they may then hold the same number.</summary>
    public static bool Interleave(List<RangeRun> runs)
    {
        var spans = runs.ConvertAll(run => (run.Min, run.Max));
        spans.Sort();
        for (var i = 1; i < spans.Count; i++)
        {
            if (spans[i].Min <= spans[i - 1].Max)
            {
                return true;
            }
        }
        return false;
    }

    private int RunAt(long position)
    {
        var found = Array.BinarySearch(_first, position);
        return found >= 0 ? found : ~found - 1;
    }

    private bool TryPositionSorted(long number, out long position)
    {
        int low = 0, high = _byMin!.Length - 1;
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (_byMin[middle].Min <= number)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }
        var inside = _byMin[low].PositionOf(number);
        position = inside < 0 ? -1 : _byMinFirst![low] + inside;
        return inside >= 0;
    }
}
