using Quern.Core.Dispatch;
using Quern.Core.Expressions;
using Quern.Core.Jobs;
using Quern.Core.Workers;

namespace Quern.Core.Farms;

/// <summary>What is done for a job that outranks something that runs.</summary>
public enum PreemptPolicy
{
    /// <summary>Nothing.</summary>
    Disabled,

    /// <summary>The lower instance ends after its current item; one without agenda at once.</summary>
    Passive,

    /// <summary>The lower instance ends at once, and its item runs anew.</summary>
    Aggressive,

    /// <summary>As a policy of the site says case by case; where it says nothing, as <see cref="Passive"/>.</summary>
    Mixed,
}

/// <summary>
/// Room is made for a job in line by runs of lower rank, lowest first, on a host that can take it; only after what is free was used. What equals but came later is left
/// alone. A job claims no more than it needs, and lets go when it needs no more. Source: reference, qube-jobs 12.5.
/// </summary>
public sealed partial class Farm
{
    /// <summary>Runs looked at for one instance in one turn; what is beyond waits for the next.</summary>
    private const int MostVictimsSeen = 4096;

    /// <summary>Claims made for one class of jobs in one turn.</summary>
    private const int MostClaims = 32;

    /// <returns>True when something was told to leave.</returns>
    private bool MakeRoom(JobClass its, Job job, Now now)
    {
        parts.Clear();
        var made = 0;
        var askedBefore = timesAskedBack;
        var lentBack = AskBack(its, job, now);
        for (; made < MostClaims && Unclaimed(job) > lentBack; made++)
        {
            if (FindResting(its, job) is { } idle)
            {
                idle.ForEach(instance => EndRest(instance, job, now));
                continue;
            }

            if (FindVictims(its, job) is not { } victims)
            {
                WaitForHost(its, job, now);
                break;
            }

            foreach (var victim in victims)
            {
                Claim(victim, job, PolicyFor(victim, job) == PreemptPolicy.Aggressive, now);
            }
        }

        return made > 0 || timesAskedBack > askedBefore;
    }

    /// <summary>Slots' worth of instances that want a place and have no claim yet; never more than there are items.</summary>
    private static int Unclaimed(Job job)
    {
        var wanted = Math.Min(job.Tally.Placeable, job.Items?.Pending ?? int.MaxValue);
        var each = job.Class.Reservations.Slots.Minimum;
        var claimed = 0;
        foreach (var claim in job.Claims)
        {
            claimed += claim.Slots;
        }

        return wanted - (claimed / each);
    }

    private List<Instance>? FindVictims(JobClass its, Job job)
    {
        if ((options.PreemptPolicy == PreemptPolicy.Disabled && options.SmartShare.PreemptPolicy == PreemptPolicy.Disabled && !index.Rules.HasShares) || IsShutOut(its))
        {
            return null;
        }

        List<Instance>? best = null;
        foreach (var hosts in index.HostClasses)
        {
            if (hosts is null || hosts.Running.Count == 0 || index.Match(its, hosts) is not { Fit: Fit.Fits } match)
            {
                continue;
            }

            var key = KeyOf(job, its, match.Rank);
            if (NobodyGivesWay(key, hosts.Running.Lowest))
            {
                continue;
            }

            var found = FindVictims(its, job, hosts, key);
            if (found is not null && (best is null || best[0].PlacedBy.GoesBefore(found[0].PlacedBy)))
            {
                best = found;
            }
        }

        return best;
    }

    /// <summary>The lowest runs of one host of the class that make enough room together.</summary>
    private List<Instance>? FindVictims(JobClass its, Job job, HostClass hosts, QueueKey key)
    {
        Dictionary<Worker, List<Instance>>? byHost = null;
        var seen = 0;
        foreach (var instance in hosts.Running)
        {
            if (++seen > MostVictimsSeen || NobodyGivesWay(key, instance.PlacedBy))
            {
                return null;
            }

            var worker = instance.Worker!;
            if (!MayBePreempted(instance) || !HasRightTo(its, job, instance, key) || !IsOpenTo(its, job, worker))
            {
                continue;
            }

            byHost ??= [];
            if (!byHost.TryGetValue(worker, out var victims))
            {
                byHost[worker] = victims = [];
            }

            victims.Add(instance);
            if (MakesEnough(its.Reservations.Slots, worker, victims))
            {
                return victims;
            }
        }

        return null;
    }

    /// <summary>The run, and so all that follow it in the order of victims, stands before the key.</summary>
    private bool NobodyGivesWay(QueueKey key, QueueKey lowest) => !index.Rules.HasShares && index.Rules.Policy is not { ComparesJobs: true } && !key.Outranks(lowest);

    /// <summary>All that keeps the job from the host is room there.</summary>
    private bool IsOpenTo(JobClass its, Job job, Worker worker)
        => worker.CanTake && worker.KeptFor is null && !job.Refusals.ContainsKey(worker.Id) && DispatchRules.FitOfHost(its, job, worker) == Fit.Fits && FitOfLimits(its) == Fit.Fits && ShortOf(its.Reservations, worker) is null;

    private static bool MakesEnough(SlotDemand slots, Worker worker, List<Instance> victims)
    {
        var room = worker.SlotsFree;
        foreach (var victim in victims)
        {
            room += victim.Slots;
        }

        return slots.Kind == SlotKind.WholeHost ? room >= worker.Facts.Slots : room >= slots.Minimum;
    }

    private static bool MayBePreempted(Instance instance)
        => instance.Status == Status.Running && instance.Phase is RunPhase.Starting or RunPhase.Live && instance.MakesRoomFor is null && !instance.Job.IsImmune;

    /// <summary>By rank; where there are shares, for a share that has less than its part from one that has more.</summary>
    private bool HasRightTo(JobClass its, Job job, Instance victim, QueueKey key)
    {
        if (victim.IsSecondary)
        {
            return PolicyFor(victim, job) != PreemptPolicy.Disabled && victim.Job != job;
        }

        if (!index.Rules.HasShares || its.Share == victim.CountedShare)
        {
            return options.PreemptPolicy != PreemptPolicy.Disabled && victim.Job != job && Outranks(job, key, victim) && PolicyFor(victim, job) != PreemptPolicy.Disabled;
        }

        return IsBelowPart(its.Share, its.Reservations.Slots.Minimum) && IsAbovePart(victim.CountedShare, victim.Slots);
    }

    private bool Outranks(Job job, QueueKey key, Instance victim)
        => index.Rules.Policy is { ComparesJobs: true } policy && policy.CompareJobs(job, victim.Job, victim.Worker!) is var said && said != 0 ? said < 0 : key.Outranks(victim.PlacedBy);

    /// <summary>How a run gives way to a job; where it is mixed, the site's policy says so.</summary>
    private PreemptPolicy PolicyFor(Instance victim, Job job)
        => victim.IsSecondary ? options.SmartShare.PreemptPolicy
        : options.PreemptPolicy != PreemptPolicy.Mixed || index.Rules.Policy is not { } policy ? options.PreemptPolicy
        : policy.Preempt(victim.Job, job, victim.Worker!) switch
        {
            PolicyPreemption.Passive => PreemptPolicy.Passive,
            PolicyPreemption.Aggressive => PreemptPolicy.Aggressive,
            PolicyPreemption.None => PreemptPolicy.Disabled,
        };

    /// <summary>A run is to leave for a job.</summary>
    private void Claim(Instance victim, Job job, bool isAtOnce, Now now)
    {
        CountExtra(victim, false);
        victim.MakesRoomFor = job;
        job.Claims.Add(victim);
        var reason = $"preempted by job {job.Id}";
        Print(victim, PreemptBanner);
        if (isAtOnce || victim.Job.Items is null)
        {
            StopRun(victim, reason, ItemState.Pending);
            SetStatus(victim, Status.Pending, reason);
            Record(victim.Job, victim.Sub, "", Caller.Farm, $"subjob state: pending on: {victim.Worker!.Name}: {reason}", now);
            return;
        }

        Record(victim.Job, victim.Sub, "", Caller.Farm, $"subjob: {victim.Id} on: {victim.Worker!.Name}: {reason} after its current item", now);
        LeaveAfterItem(victim);
    }

    /// <summary>The run goes on to the end of what it runs now; what it holds and has not started goes back.</summary>
    private void LeaveAfterItem(Instance instance)
    {
        RecallUnstarted(instance);
        Stir(instance);
        Unsettle(instance.Job);
    }

    /// <summary>The run has left, or need not.</summary>
    private void EndClaim(Instance instance)
    {
        if (instance.MakesRoomFor is { } job)
        {
            instance.MakesRoomFor = null;
            job.Claims.Remove(instance);
            index.Wake(job.Class);
        }
    }

    /// <summary>The job wants no place of its own; for idle slots it may still claim some.</summary>
    private void EndNeed(Job job)
    {
        if (!job.IsSharing)
        {
            EndClaims(job);
        }
    }

    /// <summary>The job needs no more room: who was to leave for it and still runs may stay.</summary>
    private void EndClaims(Job job)
    {
        while (job.Claims.Count > 0)
        {
            var instance = job.Claims[^1];
            EndClaim(instance);
            CountExtra(instance, instance is { IsSecondary: true, TakesItems: true });
            Stir(instance);
            Unsettle(instance.Job);
        }
    }
}
