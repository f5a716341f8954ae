namespace Quern.Protocol.Api;

/// <summary>The line for one host: jobs with instances that wait and that it could run, the first first.</summary>
public sealed record JobOrderReply
{
    public required string Host { get; init; }
    public required IReadOnlyList<JobOrderView> Jobs { get; init; }
    /// <summary>There are more than were asked for.</summary>
    public bool More { get; init; }
}

public sealed record JobOrderView
{
    public required long Id { get; init; }
    public required string Name { get; init; }
    public required string User { get; init; }
    public required int Priority { get; init; }
    public required string Cluster { get; init; }
    /// <summary>How far the job's cluster is from the host, 1 = the same place; 0 where the queue takes no account of clusters.</summary>
    public required int Rank { get; init; }
    /// <summary>Instances that wait for a host.</summary>
    public required int Pending { get; init; }
    /// <summary>What keeps it from the host now, the words of <c>why</c>: <c>slots</c>, <c>locked</c> ...; <c>fits</c> = nothing.</summary>
    public required string Dimension { get; init; }
}
