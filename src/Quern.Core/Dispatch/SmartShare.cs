using Quern.Core.Farms;
using Quern.Core.Jobs;

namespace Quern.Core.Dispatch;

/// <summary>How slots that would be idle are filled with more instances of jobs that run. Source: reference, qube-jobs 12.6.</summary>
/// <param name="IsOn">False: a job has the instances it asks for and no more.</param>
/// <param name="PreemptPolicy">How they give way: to instances that jobs ask for, and to each other until all jobs have as many.</param>
/// <param name="DefaultMax">Most instances of a job that does not say, with those it asks for; negative = as many as <paramref name="Limit"/>.</param>
/// <param name="Limit">Most instances of any job by this way; one that asks for more has those it asks for.</param>
public sealed record SmartShare(bool IsOn, PreemptPolicy PreemptPolicy, int DefaultMax, int Limit)
{
    /// <summary>No job has more than it asks for.</summary>
    public static SmartShare None { get; } = new(false, PreemptPolicy.Disabled, -1, 100);

    /// <summary>Most instances of the job beyond those it asks for.</summary>
    internal int MostExtra(JobSpec spec)
    {
        var most = spec.MaxCpus ?? DefaultMax;
        return Math.Max(0, (most < 0 ? Limit : Math.Min(most, Limit)) - spec.Cpus);
    }
}

/// <summary>The line for idle slots: the job with fewest instances beyond its own first, then the oldest.</summary>
internal sealed class SharingOrder : IComparer<Job>
{
    public static readonly SharingOrder Instance = new();

    public int Compare(Job? x, Job? y)
    {
        var found = x!.Extra.CompareTo(y!.Extra);
        return found != 0 ? found : x.Id.Value.CompareTo(y.Id.Value);
    }
}
