namespace Quern.Core.Workers;

/// <summary>A host that was taken out of the farm. Its number is never given to another, and what ran there keeps its name.</summary>
public sealed record RemovedHost
{
    public WorkerFacts Facts { get; init; } = new();

    /// <summary>Who removed it, and from where.</summary>
    public string By { get; init; } = "";
    public string From { get; init; } = "";

    /// <summary>Unix ms.</summary>
    public long RemovedMs { get; init; }
    public long LastContactMs { get; init; }

    /// <summary>It may come back by itself, as the host it was.</summary>
    public bool IsLetBack { get; init; }
}
