using System.Collections.Concurrent;

namespace Quern.CrowdBench;

/// <summary>Calls back after so many milliseconds, to the next five; one timer for a whole crowd.</summary>
internal sealed class Clock : IDisposable
{
    private const int TickMs = 5;
    private readonly ConcurrentDictionary<long, ConcurrentBag<Action>> _due = new();
    private readonly Timer _timer;
    private long _done = Environment.TickCount64 / TickMs;

    public Clock() => _timer = new Timer(_ => Tick(), null, TickMs, TickMs);

    public void After(int ms, Action act) => _due.GetOrAdd(((Environment.TickCount64 + ms) / TickMs) + 1, _ => []).Add(act);

    public void Dispose() => _timer.Dispose();

    private void Tick()
    {
        // A tick that takes longer than its time is followed by one that does what came due meanwhile.
        if (!Monitor.TryEnter(_due))
        {
            return;
        }

        try
        {
            // One tick back: what is due then can no longer be added to.
            for (var now = (Environment.TickCount64 / TickMs) - 1; _done < now;)
            {
                if (_due.TryRemove(++_done, out var acts))
                {
                    foreach (var act in acts)
                    {
                        act();
                    }
                }
            }
        }
        finally
        {
            Monitor.Exit(_due);
        }
    }
}
