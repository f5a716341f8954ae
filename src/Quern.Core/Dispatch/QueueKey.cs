namespace Quern.Core.Dispatch;

/// <summary>How the jobs that could use a host stand in line for it. Source: reference, qube-jobs 12.1.</summary>
public enum QueueAlgorithm
{
    /// <summary>Nearness of job and host in the cluster tree, then priority, then order, then id.</summary>
    Cluster,

    /// <summary>Priority, then order, then id.</summary>
    Priority,

    /// <summary>First come, first served.</summary>
    Queue,
}

/// <summary>A place in the line for one host; the smaller goes first.</summary>
/// <param name="Load">What the job's share holds, measured by its weight; 0 where there are no shares.</param>
/// <param name="Order">Moved by top and bottom; 0 = as it came.</param>
internal readonly record struct QueueKey(double Load, int Rank, int Priority, long Order, long Id) : IComparable<QueueKey>
{
    public const int Primary = 0;
    public const int Secondary = 1;

    /// <summary>Whether it is one of the instances that a job asks for or fills an idle slot; the latter goes behind all else.</summary>
    public int Tier { get; init; }

    public int CompareTo(QueueKey other)
    {
        var found = Tier.CompareTo(other.Tier);
        found = found != 0 ? found : Load.CompareTo(other.Load);
        found = found != 0 ? found : Rank.CompareTo(other.Rank);
        found = found != 0 ? found : Priority.CompareTo(other.Priority);
        found = found != 0 ? found : Order.CompareTo(other.Order);
        return found != 0 ? found : Id.CompareTo(other.Id);
    }

    public bool GoesBefore(QueueKey other) => CompareTo(other) < 0;

    /// <summary>Not only by having come earlier: what is equal but for that is not worth ending anything for.</summary>
    public bool Outranks(QueueKey other) => Tier != other.Tier ? Tier < other.Tier : Rank != other.Rank ? Rank < other.Rank : Priority < other.Priority;
}
