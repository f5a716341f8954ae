namespace Quern.Protocol.Api;

/// <summary>Answer to GET and POST on a worker's own socket: the worker as it is now.</summary>
public sealed record WorkerStatusReply
{
    public required string Name { get; init; }
    public required int Pid { get; init; }
    public required string Version { get; init; }
    /// <summary>service or desktop.</summary>
    public required string Mode { get; init; }
    /// <summary>proxy, user or interactive.</summary>
    public required string ProxyMode { get; init; }
    /// <summary>proxy_account, or the owner in desktop mode.</summary>
    public required string Account { get; init; }
    /// <summary>HOST:PORT.</summary>
    public required string Supervisor { get; init; }
    public required bool Connected { get; init; }
    /// <summary>0 = not welcomed yet.</summary>
    public required int WorkerId { get; init; }
    public required int SlotsUsed { get; init; }
    public required int SlotsTotal { get; init; }
    /// <summary>Takes no new runs: it was told to stop, or its host passes to the desktop worker.</summary>
    public required bool Draining { get; init; }

    /// <summary>Since somebody last touched the machine; null where it cannot tell.</summary>
    public int? IdleMinutes { get; init; }
    /// <summary>Runs whose processes live: <c>12.0#1</c>.</summary>
    public required IReadOnlyList<string> Running { get; init; }
    /// <summary>Runs that are over, with something the supervisor has not acknowledged.</summary>
    public required IReadOnlyList<string> Delivering { get; init; }

    /// <summary>Who has the host, where the machine is in dual mode; absent elsewhere.</summary>
    public DualView? Dual { get; init; }
}
