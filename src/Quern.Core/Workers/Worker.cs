using Quern.Core.Jobs;

namespace Quern.Core.Workers;

/// <summary>What a worker says of itself when it connects.</summary>
public sealed record WorkerFacts
{
    public string Name { get; init; } = "";
    public string Address { get; init; } = "";
    public string Version { get; init; } = "";
    public string Os { get; init; } = "";

    /// <summary>service or desktop.</summary>
    public string Mode { get; init; } = "";

    /// <summary>proxy, user or interactive.</summary>
    public string ProxyMode { get; init; } = "";

    /// <summary>proxy_account, or the owner.</summary>
    public string Account { get; init; } = "";
    public int Slots { get; init; }
    public int Cores { get; init; }
    public long MemoryBytes { get; init; }
    public bool IsDraining { get; init; }
}

/// <summary>A host as the supervisor sees it.</summary>
public sealed class Worker(WorkerId id, WorkerFacts facts)
{
    public WorkerId Id => id;
    public WorkerFacts Facts { get; internal set; } = facts;
    public string Name => Facts.Name;
    public bool IsConnected { get; internal set; }

    /// <summary>Connections since this supervisor started.</summary>
    public int Connections { get; internal set; }
    public int SlotsUsed { get; internal set; }
    public int SlotsFree => Math.Max(0, Facts.Slots - SlotsUsed);
    public long LastContactMs { get; internal set; }

    /// <summary>Monotonic ms at which a worker that is away counts as lost; null while it is connected or when it has been counted.</summary>
    public long? LostAtMs { get; internal set; }

    /// <summary>Instances placed here, and those whose run is closing or lost here.</summary>
    public HashSet<Instance> Instances { get; } = [];
    internal bool IsDirty { get; set; }

    /// <summary>It is away and has been counted as lost.</summary>
    public bool IsLost => !IsConnected && LostAtMs is null;
    public bool CanTake => IsConnected && !Facts.IsDraining;
}
