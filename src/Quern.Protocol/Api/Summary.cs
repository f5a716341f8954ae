using System.Text.Json.Serialization;

namespace Quern.Protocol.Api;

/// <summary>How many there are in each state. 64 bits: a farm's items may be more than 2^31.</summary>
public sealed record StatusCounts
{
    public long Badlogin { get; init; }
    public long Blocked { get; init; }
    public long Complete { get; init; }
    public long Failed { get; init; }
    public long Killed { get; init; }
    public long Pending { get; init; }
    public long Running { get; init; }
    public long Suspended { get; init; }

    /// <summary>Always 0: the farm knows the state of everything. Qube's column is kept for what reads it.</summary>
    public long Unknown { get; init; }
    public long Waiting { get; init; }

    [JsonIgnore]
    public long Total => Badlogin + Blocked + Complete + Failed + Killed + Pending + Running + Suspended + Unknown + Waiting;

    public static StatusCounts operator +(StatusCounts one, StatusCounts other) => new()
    {
        Badlogin = one.Badlogin + other.Badlogin, Blocked = one.Blocked + other.Blocked, Complete = one.Complete + other.Complete, Failed = one.Failed + other.Failed,
        Killed = one.Killed + other.Killed, Pending = one.Pending + other.Pending, Running = one.Running + other.Running, Suspended = one.Suspended + other.Suspended,
        Unknown = one.Unknown + other.Unknown, Waiting = one.Waiting + other.Waiting,
    };
}

/// <summary>Jobs that have something in common.</summary>
public sealed record SummaryRow
{
    /// <summary>What they have in common: <c>100</c>, <c>/show</c>, <c>ann</c>.</summary>
    public required string Key { get; init; }
    public required long Jobs { get; init; }
    public required StatusCounts Instances { get; init; }

    /// <summary>Items of agendas.</summary>
    public required StatusCounts Work { get; init; }
}

/// <summary>All jobs that were chosen, by one attribute.</summary>
public sealed record SummaryTable
{
    /// <summary>priority, cluster, user, group, cluster/priority, reservation, account or type.</summary>
    public required string By { get; init; }
    public required IReadOnlyList<SummaryRow> Rows { get; init; }

    /// <summary>Further values whose jobs are in no row but in <see cref="Total"/>; 0 = every value has its row.</summary>
    public long MoreKeys { get; init; }
    public required SummaryRow Total { get; init; }
}

/// <summary>Answer to GET /api/v1/summary.</summary>
public sealed record SummaryReply
{
    public required IReadOnlyList<SummaryTable> Tables { get; init; }
}

/// <summary>What an instance, or all of a job's together, took. Sums are of what ended and is known; 0 = nothing is known.</summary>
public sealed record StatsView
{
    public required long Job { get; init; }

    /// <summary>-1 = of the whole job.</summary>
    public required int Sub { get; init; }
    public required string Status { get; init; }

    /// <summary>Of the present or last run; empty for a whole job.</summary>
    public required string Host { get; init; }
    public required string Account { get; init; }

    /// <summary>Dispatches.</summary>
    public required long Runs { get; init; }
    public required long Retries { get; init; }

    /// <summary>Unix milliseconds of the first start known and of the last end; 0 = none.</summary>
    public required long TimeStart { get; init; }
    public required long TimeComplete { get; init; }

    /// <summary>Items that ended, and as what. Of a whole job: all that are over.</summary>
    public required long Complete { get; init; }
    public required long Failed { get; init; }
    public required long Killed { get; init; }

    /// <summary>Wall time of items that ran to an end: all, the shortest and the longest, milliseconds.</summary>
    public required long WallMs { get; init; }
    public required long LeastMs { get; init; }
    public required long MostMs { get; init; }
    public required long CpuMs { get; init; }

    /// <summary>Of the item that took most.</summary>
    public required long PeakMemoryKb { get; init; }
    public required long ReadKb { get; init; }
    public required long WrittenKb { get; init; }
}

/// <summary>Answer to GET /api/v1/stats/TARGET.</summary>
public sealed record StatsList
{
    public required IReadOnlyList<StatsView> Stats { get; init; }
}
