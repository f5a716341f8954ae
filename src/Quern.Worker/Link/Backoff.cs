namespace Quern.Worker.Link;

/// <summary>
/// How long to wait before the next connection: doubling from 200 ms to 10 s, of which a random part is waited ("full jitter"), so that a farm's
/// workers do not return as one after their supervisor was away. Retried without end; nothing is too final for a worker but its own stop.
/// </summary>
internal sealed class Backoff(Random random)
{
    public static readonly TimeSpan First = TimeSpan.FromMilliseconds(200);
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    private TimeSpan _ceiling = First;

    /// <summary>A connection served: the next failure begins anew.</summary>
    public void Reset() => _ceiling = First;

    /// <summary>The next wait, between nothing and the present ceiling.</summary>
    public TimeSpan Next()
    {
        var wait = _ceiling * random.NextDouble();
        _ceiling = _ceiling * 2 < Longest ? _ceiling * 2 : Longest;
        return wait;
    }
}
