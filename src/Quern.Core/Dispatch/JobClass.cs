using Quern.Core.Expressions;
using Quern.Core.Jobs;

namespace Quern.Core.Dispatch;

/// <summary>What makes jobs equal for dispatch: all that they ask of hosts. <paramref name="User"/> and <paramref name="Pgrp"/> where a limit counts by them, <paramref name="Job"/> where the requirements speak of the job itself; else empty.</summary>
internal readonly record struct JobClassKey(
    string Cluster, string Restrictions, string Requirements, string Reservations, string Hosts, string OmitHosts, string Groups, string OmitGroups,
    string HostOrder, string Prototype, bool IsElite, string User, long Pgrp, long Job);

/// <summary>
/// Jobs that ask for the same: any host that may run one of them may run all, so a host is matched with a class, once. Jobs that want a place stand in line here.
/// </summary>
internal sealed class JobClass
{
    private readonly SortedSet<Job> _line;

    /// <param name="sample">The first of them, for what they all ask. It is not kept: it may be modified and leave.</param>
    public JobClass(JobClassKey key, Job sample, int share, HostOrder? order, LineOrder line)
    {
        (Key, Share, HostOrder, Order) = (key, share, order, line);
        (Cluster, Restriction, Requirement, Reservations) = (sample.Cluster, sample.Restriction, sample.Requirement, sample.Reservations);
        (Hosts, OmitHosts, Groups, OmitGroups) = (sample.Hosts, sample.OmitHosts, sample.Groups, sample.OmitGroups);
        Operands = Requirement?.Operands.Where(JobOperands.IsOne).ToDictionary(name => name, name => JobOperands.Find(sample, name)) ?? [];
        _line = new SortedSet<Job>(line);
    }

    public JobClassKey Key { get; }
    public ClusterChoice Cluster { get; }
    public Restriction? Restriction { get; }
    public Requirement? Requirement { get; }
    public ReservationList Reservations { get; }
    public NameList? Hosts { get; }
    public NameList? OmitHosts { get; }
    public NameList? Groups { get; }
    public NameList? OmitGroups { get; }

    /// <summary>What the requirement's <c>job.NAME</c> stands for.</summary>
    public IReadOnlyDictionary<string, ExpressionValue> Operands { get; }

    /// <summary>Theirs, else the farm's; null = by free slots.</summary>
    public HostOrder? HostOrder { get; }

    /// <summary>Which share it takes from; -1 = none.</summary>
    public int Share { get; }

    /// <summary>Jobs that are of the class, in line or not.</summary>
    public int Members { get; set; }

    /// <summary>By the index of a <see cref="HostClass"/>.</summary>
    public List<ClassMatch> Matches { get; } = [];

    public Lane Lane { get; set; } = null!;

    /// <summary>Of its jobs, and by their heads of classes.</summary>
    public LineOrder Order { get; }

    /// <summary>Something changed by which one of its jobs may start.</summary>
    public bool IsWoken { get; set; }

    /// <summary>It asked for what grown instances have beyond their least, and has not got it yet.</summary>
    public bool WaitsForLent { get; set; }

    /// <summary>A host to keep for its first job is being looked for.</summary>
    public bool IsSearchedFor { get; set; }

    /// <summary>The host that its instances are filling, in the order that its jobs ask for.</summary>
    public Workers.Worker? Filling { get; set; }

    public SortedSet<Job> Line => _line;

    public Job? Head { get; private set; }

    /// <returns>False when it was in line already.</returns>
    public bool Enter(Job job)
    {
        if (job.IsInLine)
        {
            return false;
        }

        job.IsInLine = true;
        _line.Add(job);
        if (Head is null || Order.Compare(job, Head) < 0)
        {
            SetHead(job);
        }

        return true;
    }

    /// <summary>The job wants no place, or must not have any.</summary>
    public void Leave(Job job)
    {
        if (!job.IsInLine)
        {
            return;
        }

        job.IsInLine = false;
        _line.Remove(job);
        if (job == Head)
        {
            SetHead(_line.Min);
        }
    }

    private void SetHead(Job? head)
    {
        if (Head is not null)
        {
            Lane.Remove(this);
        }

        Head = head;
        if (Head is not null)
        {
            Lane.Add(this);
        }
    }
}

/// <summary>Whether hosts of a class may run jobs of a class at all, and how near they are.</summary>
internal readonly record struct ClassMatch(bool IsKnown, Fit Fit, int Rank, int Nearness);

/// <summary>The line inside a class, where rank and load are the same; of classes of one lane that have somebody in line, by their heads.</summary>
internal sealed class LineOrder(bool byPriority) : IComparer<Job>, IComparer<JobClass>
{
    public static readonly LineOrder ByPriority = new(true);
    public static readonly LineOrder ById = new(false);

    public int Compare(Job? x, Job? y)
    {
        var found = !byPriority ? 0 : x!.Spec.Priority.CompareTo(y!.Spec.Priority);
        found = found != 0 || !byPriority ? found : x!.Order.CompareTo(y!.Order);
        return found != 0 ? found : x!.Id.Value.CompareTo(y!.Id.Value);
    }

    public int Compare(JobClass? x, JobClass? y) => Compare(x!.Head, y!.Head);
}
