namespace Quern.Execution.Tests;

/// <summary>A clock like the system's whose timers fire when the test says so.</summary>
internal sealed class SkippingTime : TimeProvider
{
    private readonly List<Waiting> _timers = [];

    internal void FireDue()
    {
        Waiting[] timers;
        lock (_timers)
        {
            timers = [.. _timers.Where(timer => timer.IsSet)];
        }

        foreach (var timer in timers)
        {
            timer.Fire();
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Waiting(() => callback(state), dueTime != Timeout.InfiniteTimeSpan);
        lock (_timers)
        {
            _timers.Add(timer);
        }

        return timer;
    }

    private sealed class Waiting(Action callback, bool isSet) : ITimer
    {
        internal bool IsSet { get; private set; } = isSet;

        internal void Fire()
        {
            IsSet = false;
            callback();
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            IsSet = dueTime != Timeout.InfiniteTimeSpan;
            return true;
        }

        public void Dispose() => IsSet = false;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
