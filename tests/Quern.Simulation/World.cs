namespace Quern.Simulation;

/// <summary>Chance with a seed, the same on every machine and runtime.</summary>
internal sealed class Dice(ulong seed)
{
    private ulong _state = seed * 0x9E3779B97F4A7C15 + 0x1234567;

    /// <summary>Between the two, both included.</summary>
    public int Between(int least, int most) => least + (int)(Next() % (ulong)(most - least + 1));

    public bool Chance(int percent) => Between(1, 100) <= percent;

    public T Pick<T>(IReadOnlyList<T> from) => from[Between(0, from.Count - 1)];

    // splitmix64
    private ulong Next()
    {
        var z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}

/// <summary>Something that must never be: a bug in what is simulated, or in the simulation.</summary>
internal sealed class LawBroken(string law) : Exception(law);

/// <summary>Virtual time, what is going to happen, chance, and the trace of what did. Nothing else makes time pass.</summary>
internal sealed class World(ulong seed, TextWriter? verbose)
{
    private const ulong FnvPrime = 1099511628211;

    private readonly PriorityQueue<Action, (long At, long Number)> _events = new();
    private long _number;

    public Dice Dice { get; } = new(seed);

    /// <summary>Milliseconds since the beginning.</summary>
    public long Time { get; private set; }

    public long UnixMs => 1_800_000_000_000 + Time;

    /// <summary>Faults happen. After that everything works as it should.</summary>
    public bool IsFaulty { get; set; } = true;

    public long Events { get; private set; }

    /// <summary>Of everything traced; equal runs have equal digests.</summary>
    public ulong Digest { get; private set; } = 14695981039346656037;

    public void After(long milliseconds, Action action) => _events.Enqueue(action, (Time + milliseconds, _number++));

    /// <summary>A little later: one of a range of milliseconds.</summary>
    public void After(int least, int most, Action action) => After(Dice.Between(least, most), action);

    /// <summary>Lets the next thing happen.</summary>
    public bool Step()
    {
        if (!_events.TryDequeue(out var action, out var when))
        {
            return false;
        }

        Time = when.At;
        Events++;
        action();
        return true;
    }

    public void Trace(string what)
    {
        verbose?.WriteLine($"{Time,9} {what}");
        Mix((ulong)Time);
        foreach (var c in what)
        {
            Mix(c);
        }
    }

    public void Trace(ReadOnlySpan<byte> message)
    {
        foreach (var b in message)
        {
            Mix(b);
        }
    }

    private void Mix(ulong value) => Digest = (Digest ^ value) * FnvPrime;
}
