namespace Quern.Protocol.Api;

/// <summary>Jobs that are not submitted: why would they wait?</summary>
public sealed record WhyRequest
{
    public required IReadOnlyList<JobRequest> Jobs { get; init; }
    /// <summary>Only this host; null = all.</summary>
    public string? Host { get; init; }
}

/// <summary>An answer for each that was asked about, in that order; of a job with poster items two.</summary>
public sealed record WhyReply
{
    public required IReadOnlyList<WhyView> Reports { get; init; }
}

/// <summary>Why something waits, and what would let it run.</summary>
public sealed record WhyView
{
    /// <summary><c>12</c>, <c>12.0</c>, <c>12:37</c>, or <c>new job</c>.</summary>
    public required string Subject { get; init; }
    /// <summary>False: it runs or is over, and <see cref="Reason"/> says so.</summary>
    public required bool Waiting { get; init; }
    /// <summary>One sentence.</summary>
    public required string Reason { get; init; }
    /// <summary>What would change it; empty = nothing needs to.</summary>
    public required string Remedy { get; init; }
    /// <summary>Jobs in line that go before it; null = it is not in line.</summary>
    public int? JobsBefore { get; init; }
    /// <summary>When it should be over, Unix milliseconds; null = there is nothing to go by.</summary>
    public long? Eta { get; init; }
    /// <summary>What keeps it from hosts, the reason of most hosts first; empty where no host is asked for yet.</summary>
    public required IReadOnlyList<WhyHostsView> Hosts { get; init; }
}

public sealed record WhyHostsView
{
    /// <summary>What refuses: <c>slots</c>, <c>restriction</c>, <c>farmResource</c> ...; <c>fits</c> = nothing.</summary>
    public required string Dimension { get; init; }
    /// <summary>How many hosts.</summary>
    public required int Count { get; init; }
    /// <summary>One sentence; where the hosts differ, about the first of <see cref="Examples"/>.</summary>
    public required string Reason { get; init; }
    public required string Remedy { get; init; }
    /// <summary>Names of some of them.</summary>
    public required IReadOnlyList<string> Examples { get; init; }
}
