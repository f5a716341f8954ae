namespace Quern.Core.Agendas;

/// <summary>
/// Folds numbers, in the order they come, into few runs. Greedy: a run goes on as long as the step holds; a pair becomes a run of its own only
/// when its step is 1, since <c>1,5</c> is shorter than <c>1-5x4</c>. A run is taken in at once, with the result its numbers would have had.
/// </summary>
internal sealed class RangeJoiner
{
    private readonly List<RangeRun> _runs = [];
    private RangeRun _open;

    public void Add(RangeRun run)
    {
        while (run.Count > 0)
        {
            if (_open.Count >= 2 && Continues(run.Start) && (run.Count == 1 || run.Step == _open.Step))
            {
                _open = _open with { Count = _open.Count + run.Count };
                return;
            }
            Add(run.Start);
            if (run.Count == 1)
            {
                return;
            }
            run = new RangeRun(run.At(1), run.Count == 2 ? 0 : run.Step, run.Count - 1);
        }
    }

    public void Add(long number)
    {
        if (_open.Count >= 2)
        {
            if (Continues(number))
            {
                _open = _open with { Count = _open.Count + 1 };
                return;
            }
            if (_open.Count > 2 || _open.Stride == 1)
            {
                _runs.Add(_open);
                _open = new RangeRun(number, 0, 1);
                return;
            }
            _runs.Add(new RangeRun(_open.Start, 0, 1));
            _open = new RangeRun(_open.Last, 0, 1);
        }
        Pair(number);
    }

    public List<RangeRun> Finish()
    {
        if (_open.Count == 2 && _open.Stride != 1)
        {
            _runs.Add(new RangeRun(_open.Start, 0, 1));
            _open = new RangeRun(_open.Last, 0, 1);
        }
        if (_open.Count > 0)
        {
            _runs.Add(_open);
        }
        _open = default;
        return _runs;
    }

    private void Pair(long number)
    {
        if (_open.Count == 1)
        {
            var step = (Int128)number - _open.Start;
            if (step != 0 && Int128.Abs(step) <= long.MaxValue)
            {
                _open = new RangeRun(_open.Start, (long)step, 2);
                return;
            }
            _runs.Add(_open);
        }
        _open = new RangeRun(number, 0, 1);
    }

    private bool Continues(long number) => (Int128)_open.Last + _open.Step == number;
}
