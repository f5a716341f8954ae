using Quern.Core.Jobs;

namespace Quern.Core.Dispatch;

/// <summary>What classes of one lane have in common: their place in the cluster tree, and the room they ask for.</summary>
internal readonly record struct LaneKey(string Cluster, string Reservations, bool IsElite, string User, long Pgrp)
{
    public static LaneKey Of(JobClassKey key) => new(key.Cluster, key.Reservations, key.IsElite, key.User, key.Pgrp);
}

/// <summary>
/// Classes of jobs that stand equally near to any host and ask for the same room there. Whether a host has the room is asked once for all of them; they differ by which hosts
/// they want at all.
/// </summary>
internal sealed class Lane(LaneKey key, JobClass sample)
{
    private readonly List<JobClass> _classes = [];

    public LaneKey Key => key;

    /// <summary>The first of them, for what they have in common.</summary>
    public JobClass Sample => sample;

    /// <summary>Classes that are of the lane, with somebody in line or not.</summary>
    public int Members { get; set; }

    /// <summary>Classes with somebody in line, the best head first.</summary>
    public IReadOnlyList<JobClass> Classes => _classes;

    public int LeastSlots => key.IsElite ? 0 : sample.Reservations.Slots.Minimum;

    public void Add(JobClass its) => _classes.Insert(~Find(its), its);

    /// <summary>To be called before its head changes.</summary>
    public void Remove(JobClass its) => _classes.RemoveAt(Find(its));

    private int Find(JobClass its) => _classes.BinarySearch(its, sample.Order);
}
