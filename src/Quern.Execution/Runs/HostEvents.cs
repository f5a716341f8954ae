using System.Collections.Concurrent;
using Quern.Execution.Control;

namespace Quern.Execution.Runs;

/// <summary>What other threads tell the loop that owns the runs.</summary>
internal abstract record HostEvent(RunKey Key);

internal sealed record ProxyStarted(RunKey Key, RunFiles Files, LaunchEnvelope Envelope, ProxyLink Link, long StartTicks) : HostEvent(Key);

/// <param name="Files">Null when not even the folder could be made.</param>
internal sealed record StartRefused(RunKey Key, RunFiles? Files, RunEnded End) : HostEvent(Key);

internal sealed record JournalGrew(RunKey Key) : HostEvent(Key);

internal sealed record ProxyKnocked(RunKey Key, ProxyLink Link, IReadOnlyList<ItemLease> Held) : HostEvent(Key);

internal sealed record ProxyExited(RunKey Key) : HostEvent(Key);

/// <summary>The proxy sent what no proxy sends.</summary>
internal sealed record ProxyLied(RunKey Key) : HostEvent(Key);

/// <param name="IsGone">False: something could not be ended.</param>
internal sealed record TreeEnded(RunKey Key, bool IsGone) : HostEvent(Key);

/// <summary>The run should have ended or knocked by now.</summary>
internal sealed record RunOverdue(RunKey Key) : HostEvent(Key);

/// <summary>Where those threads put it. Thread-safe.</summary>
internal sealed class HostInbox
{
    private readonly ConcurrentQueue<HostEvent> _events = new();

    /// <summary>Raised after each event, on the thread that added it.</summary>
    internal event Action? Added;

    internal void Add(HostEvent hostEvent)
    {
        _events.Enqueue(hostEvent);
        Added?.Invoke();
    }

    internal bool TryTake([System.Diagnostics.CodeAnalysis.MaybeNullWhen(false)] out HostEvent hostEvent) => _events.TryDequeue(out hostEvent);
}
