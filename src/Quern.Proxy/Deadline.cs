namespace Quern.Proxy;

/// <summary>A moment of the monotonic clock, or never.</summary>
internal sealed class Deadline
{
    private long _atMs = long.MaxValue;

    internal bool IsDue => _atMs <= Clock.Ms;

    internal bool IsSet => _atMs != long.MaxValue;

    internal void Clear() => _atMs = long.MaxValue;

    /// <summary>0 or less = never.</summary>
    internal void Set(long afterMs) => _atMs = afterMs <= 0 ? long.MaxValue : Clock.Ms + afterMs;

    internal void Postpone(long byMs) => _atMs = _atMs == long.MaxValue ? _atMs : _atMs + byMs;

    internal void SetSooner(long afterMs) => _atMs = Math.Min(_atMs, Clock.Ms + afterMs);

    /// <summary>Milliseconds until the nearest; -1 = none.</summary>
    internal static int PollTimeout(params ReadOnlySpan<Deadline> deadlines)
    {
        var next = long.MaxValue;
        foreach (var deadline in deadlines)
        {
            next = Math.Min(next, deadline._atMs);
        }

        return next == long.MaxValue ? -1 : (int)Math.Clamp(next - Clock.Ms, 0, int.MaxValue);
    }
}
