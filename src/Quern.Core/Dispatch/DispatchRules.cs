using Quern.Core.Expressions;
using Quern.Core.Farms;
using Quern.Core.Jobs;
using Quern.Core.Permissions;
using Quern.Core.Workers;

namespace Quern.Core.Dispatch;

/// <summary>What decides whether a job may run on a host, and who goes first, as far as it hangs on nothing that changes from turn to turn. Every answer is the same for dispatch and for <c>why</c>.</summary>
internal sealed class DispatchRules(FarmOptions options)
{
    private static readonly string[] JobOperandsOfClass = ["job.cluster", "job.restrictions", "job.requirements", "job.reservations", "job.prototype", "job.type"];

    private readonly HostOrder? _defaultOrder = options.DefaultHostOrder.Length == 0 ? null : HostOrder.Parse(options.DefaultHostOrder, out _);
    private readonly ClusterPath[] _shares = [.. options.Shares.Select(share => share.Cluster)];

    public QueueAlgorithm Algorithm => options.QueueAlgorithm;

    public bool HasShares => _shares.Length > 0;

    public IDispatchPolicy? Policy => options.Policy;

    public JobClassKey KeyOf(Job job)
    {
        var spec = job.Spec;
        var limits = options.InstanceLimits;
        var isLimited = limits.OfUser(spec.User) < InstanceLimits.Unlimited;
        var isPgrpLimited = limits.OfPgrp(spec.User) < InstanceLimits.Unlimited;
        return new JobClassKey(
            spec.Cluster, spec.Restrictions, spec.Requirements, job.Reservations.Text, spec.Hosts, spec.OmitHosts, spec.Groups, spec.OmitGroups,
            spec.HostOrder, spec.Prototype, job.Flags.HasFlag(JobFlags.Elite), isLimited || isPgrpLimited ? spec.User : "", isPgrpLimited ? job.Pgrp : 0, options.Policy is { ComparesJobs: true } || SpeaksOfItself(job) ? job.Id.Value : 0);
    }

    public JobClass NewClass(JobClassKey key, Job sample) => new(key, sample, ShareOf(sample.Cluster.First), sample.HostOrder ?? _defaultOrder, Algorithm == QueueAlgorithm.Queue ? LineOrder.ById : LineOrder.ByPriority);

    /// <summary>Index of the share a cluster takes from, the deepest that holds it; -1 = none.</summary>
    private int ShareOf(ClusterPath path)
    {
        var (best, depth) = (-1, -1);
        for (var at = 0; at < _shares.Length; at++)
        {
            if (_shares[at].Common(path) == _shares[at].Depth && _shares[at].Depth > depth)
            {
                (best, depth) = (at, _shares[at].Depth);
            }
        }

        return best;
    }

    public double WeightOf(int share) => share < 0 ? options.ShareOfOthers : options.Shares[share].Weight;

    public ClassMatch Match(JobClass jobs, HostClass hosts)
    {
        return new ClassMatch(true, StaticFit(jobs, hosts), Rank(jobs, hosts), Nearness(jobs.Cluster, hosts.Cluster));
    }

    /// <summary>How near the jobs stand to the hosts in the line for them; smaller is nearer.</summary>
    public int Rank(JobClass jobs, HostClass hosts) => Algorithm == QueueAlgorithm.Cluster ? jobs.Cluster.Rank(hosts.Cluster) : 0;

    /// <summary>What is the same for every host of the class.</summary>
    private static Fit StaticFit(JobClass jobs, HostClass hosts)
    {
        var facts = hosts.Sample.Facts;
        if (jobs.Restriction is { } restriction && !restriction.Allows(hosts.Cluster))
        {
            return Fit.Restriction;
        }

        if (hosts.Restriction is { } own && !own.Allows(jobs.Cluster))
        {
            return Fit.HostRestriction;
        }

        if (jobs.Groups is { } groups && !groups.ContainsAny(hosts.Groups))
        {
            return Fit.Group;
        }

        if (jobs.OmitGroups is { } omitted && omitted.ContainsAny(hosts.Groups))
        {
            return Fit.OmittedGroup;
        }

        if (!HasJobType(facts, jobs.Key.Prototype))
        {
            return Fit.JobType;
        }

        if (jobs.Reservations.Slots.Minimum > facts.Slots || jobs.Reservations.Others.Any(demand => demand.Class is ResourceClass.Host or ResourceClass.Scoped && demand.Amount > HostResources.Total(hosts.Sample, demand.Name)))
        {
            return Fit.HostTooSmall;
        }

        return jobs.Requirement is { IsOfHostAlone: false } requirement && !requirement.Holds(jobs.Operands, hosts.Sample)
            ? Fit.Requirement
            : Fit.Fits;
    }

    /// <summary>What has to be asked of each host: its name, and requirements that speak of it alone.</summary>
    public static Fit FitOfHost(JobClass jobs, Job job, Worker worker)
    {
        if (jobs.Hosts is { } names && !names.Contains(worker.Name))
        {
            return Fit.Host;
        }

        if (jobs.OmitHosts is { } omitted && omitted.Contains(worker.Name))
        {
            return Fit.OmittedHost;
        }

        return jobs.Requirement is { IsOfHostAlone: true } requirement && !requirement.Holds(job, worker)
            ? Fit.Requirement
            : Fit.Fits;
    }

    /// <summary>Slots and countable resources of the host itself.</summary>
    public static Fit FitOfRoom(ReservationList wanted, Worker worker)
    {
        var slots = wanted.Slots;
        if (slots.Kind == SlotKind.WholeHost && (worker.SlotsUsed > 0 || worker.SlotsLocked > 0))
        {
            return worker.SlotsUsed > 0 ? Fit.NotIdle : Fit.Locked;
        }

        if (worker.SlotsFree < slots.Minimum)
        {
            return worker.SlotsFree + worker.SlotsLocked >= slots.Minimum ? Fit.Locked : Fit.Slots;
        }

        return HasOthers(wanted, worker) ? Fit.Fits : Fit.HostResource;
    }

    /// <summary>The host has enough of all that is wanted of it besides slots.</summary>
    public static bool HasOthers(ReservationList wanted, Worker worker)
    {
        foreach (var demand in wanted.Others)
        {
            if (demand.Class is ResourceClass.Host or ResourceClass.Scoped && HostResources.Free(worker, demand.Name) < demand.Amount)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>How many slots an instance gets there.</summary>
    public static int Granted(SlotDemand slots, int free) => slots.Kind == SlotKind.Exact ? slots.Minimum : Math.Min(free, slots.Maximum);

    /// <summary>The measure of <see cref="ClusterChoice.Rank"/> seen from the job: the same place first, then the longest way in common. Higher is nearer.</summary>
    private static int Nearness(ClusterChoice cluster, ClusterPath host)
    {
        var best = 0;
        foreach (var path in cluster.Paths)
        {
            best = Math.Max(best, path.Equals(host) ? int.MaxValue : path.Common(host));
        }

        return best;
    }

    private static bool SpeaksOfItself(Job job) => job.Requirement?.Operands.Any(operand => JobOperands.IsOne(operand) && !JobOperandsOfClass.Contains(operand)) == true;

    /// <summary>Its names are compared as they are written, without regard to case.</summary>
    public static bool HasJobType(WorkerFacts facts, string prototype) => HasWord(facts.JobTypes.Length > 0 ? facts.JobTypes : WorkerFacts.BuiltInJobTypes, prototype);

    private static bool HasWord(string list, string word)
    {
        foreach (var range in list.AsSpan().Split(','))
        {
            if (list.AsSpan(range).Trim().Equals(word, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}
