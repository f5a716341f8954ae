namespace Quern.Protocol.Api;

/// <summary>What goes because it is kept no longer; answer to GET and POST /api/v1/retention.</summary>
public sealed record RetentionView
{
    /// <summary>It has gone; false = it would go.</summary>
    public required bool IsSwept { get; init; }

    /// <summary>The moment that is spoken of, Unix milliseconds.</summary>
    public required long Time { get; init; }

    /// <summary>The limits that are set, by the names of their settings; empty = everything is kept.</summary>
    public required IReadOnlyDictionary<string, long> Limits { get; init; }

    /// <summary>Jobs with their output, those that ended first before the others; a first part of them.</summary>
    public required IReadOnlyList<RetentionJobView> Jobs { get; init; }

    /// <summary>Jobs that stay and whose output goes; a first part of them.</summary>
    public required IReadOnlyList<RetentionJobView> Outputs { get; init; }

    /// <summary>All of them, listed or not.</summary>
    public required int JobCount { get; init; }
    public required int OutputCount { get; init; }

    /// <summary>Lines of history, and why; empty = none.</summary>
    public required long EventCount { get; init; }
    public required string EventReason { get; init; }

    /// <summary>Ids of submissions, which are known for a week.</summary>
    public required int RequestCount { get; init; }
}

public sealed record RetentionJobView
{
    public required long Id { get; init; }
    public required string Name { get; init; }
    public required string User { get; init; }

    /// <summary>Unix milliseconds.</summary>
    public required long TimeComplete { get; init; }

    /// <summary>Bytes of output; 0 = none, or nobody looked.</summary>
    public required long OutputBytes { get; init; }
    public required string Reason { get; init; }
}
