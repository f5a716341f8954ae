using Quern.Core.Dispatch;
using Quern.Core.Expressions;
using Quern.Core.Jobs;
using Quern.Core.Workers;

namespace Quern.Core.Farms;

/// <summary>
/// SmartShare: what is idle when every instance that a job asks for has its place is filled with more instances of jobs that have items left, so that all have the same number of
/// them. They are the first to give way. Only jobs with an agenda have some; one that nothing waits for has none.
/// <code>
/// a slot is idle -> the job with fewest such instances gets one more
/// nothing is idle, and one job has two more than another -> one of its own gives way to that one
/// </code>
/// </summary>
public sealed partial class Farm
{
    /// <summary>Jobs looked at in one turn, and runs moved from one job to another.</summary>
    private const int MostSharersSeen = 1024;
    private const int MostBalanced = 64;
    private const int MostRichSeen = 8;

    private readonly SortedSet<Job> sharing = new(SharingOrder.Instance);
    private readonly SortedSet<Job> extended = new(SharingOrder.Instance);
    private bool isSharingDue;

    /// <summary>More instances of the job could be of use, and it may have them.</summary>
    private bool WantsMore(Job job)
        => options.SmartShare.IsOn && !job.IsRemoved && job.Hold == Hold.None && job.Items is { Pending: > 0 } && job.Tally.Placeable == 0 && job.Tally[Status.Running] > 0
            && (job.Flags & (JobFlags.HostList | JobFlags.Elite | JobFlags.Grid)) == 0 && job.Extra < options.SmartShare.MostExtra(job.Spec);

    /// <summary>The job's place in the line for idle slots follows what became of it.</summary>
    private void RefreshSharing(Job job)
    {
        var wants = WantsMore(job);
        if (wants == job.IsSharing)
        {
            return;
        }

        job.IsSharing = wants;
        if (wants)
        {
            sharing.Add(job);
            isSharingDue = true;
            return;
        }

        sharing.Remove(job);
        if (!WantsPlace(job))
        {
            EndClaims(job);
        }
    }

    /// <summary>The job is about to be in another place, or nowhere.</summary>
    private void ForgetSharing(Job job)
    {
        sharing.Remove(job);
        extended.Remove(job);
        job.IsSharing = false;
    }

    private void CountExtra(Instance instance, bool isExtra)
    {
        if (instance.IsExtra == isExtra)
        {
            return;
        }

        // The lines stand by this number.
        var job = instance.Job;
        var stands = sharing.Remove(job);
        extended.Remove(job);
        instance.IsExtra = isExtra;
        job.Extra += isExtra ? 1 : -1;
        if (stands)
        {
            sharing.Add(job);
        }

        if (job.Extra > 0)
        {
            extended.Add(job);
        }

        Unsettle(job);
        isSharingDue = true;
    }

    /// <summary>The job asks for more instances by now: one that filled an idle slot is one of them.</summary>
    /// <returns>False when it rests: it has to be started like any other.</returns>
    private bool TakeAsPrimary(Instance instance)
    {
        var worker = instance.IsPlaced ? instance.Worker : null;
        worker?.Class.Running.Remove(instance);
        CountExtra(instance, false);
        instance.MakePrimary();
        MarkDirty(instance);
        if (worker is not null)
        {
            instance.PlacedBy = PlaceInLine(instance, worker);
            worker.Class.Running.Add(instance);
        }

        if (instance.Status is Status.Running or Status.Suspended)
        {
            return true;
        }

        instance.IsRetired = instance.Status == Status.Complete;
        return false;
    }

    /// <returns>True when something was placed or told to leave.</returns>
    private bool FillIdle(Now now)
    {
        if (!isSharingDue || sharing.Count == 0 || IsActivityStopped || placementsLeft <= 0)
        {
            return false;
        }

        isSharingDue = false;
        var isChanged = false;
        var stuck = new HashSet<JobClass>();
        var seen = 0;
        while (placementsLeft > 0 && NextSharer(stuck, ref seen) is { } job)
        {
            if (IdleHostFor(job, now) is not { } worker)
            {
                stuck.Add(job.Class);
                continue;
            }

            Place(RestingOf(job) ?? job.AddSecondary(), worker, now);
            RefreshSharing(job);
            isChanged = true;
        }

        isSharingDue |= placementsLeft <= 0;
        return isChanged | Balance(now);
    }

    private Job? NextSharer(HashSet<JobClass> stuck, ref int seen)
    {
        foreach (var job in sharing)
        {
            if (++seen > MostSharersSeen)
            {
                return null;
            }

            if (!stuck.Contains(job.Class))
            {
                return job;
            }
        }

        return null;
    }

    private static Instance? RestingOf(Job job) => Array.Find(job.Instances, instance => instance is { IsSecondary: true, Status: Status.Complete, IsRetired: false, MayBePlaced: true });

    /// <summary>A host with room that nobody in line wants, nearest first, then as host order says, then the one with most free slots.</summary>
    private Worker? IdleHostFor(Job job, Now now)
    {
        var its = job.Class;
        var choice = new HostChoice(its.HostOrder, index.Rules.Policy is { ComparesHosts: true } policy ? (a, b) => policy.CompareHosts(a, b, job) : null);
        foreach (var hosts in FitOfLimits(its) == Fit.Fits ? index.HostClasses : [])
        {
            if (hosts is null || hosts.MostFree < its.Reservations.Slots.Minimum || index.Match(its, hosts) is not { Fit: Fit.Fits } match || choice.PassesOver(match.Nearness))
            {
                continue;
            }

            for (var free = hosts.MostFree; free >= its.Reservations.Slots.Minimum; free--)
            {
                foreach (var worker in hosts.WithFree(free))
                {
                    if (FitOfClass(its, worker) == Fit.Fits && FitOfJob(its, job, worker, match.Rank, now) == Fit.Fits)
                    {
                        choice.Offer(match.Nearness, worker);
                    }
                }
            }
        }

        return choice.Worker;
    }

    /// <summary>Until no job has two more than another that could use one, the richest gives one to the poorest.</summary>
    private bool Balance(Now now)
    {
        var policy = options.SmartShare.PreemptPolicy;
        var moved = 0;
        for (; policy != PreemptPolicy.Disabled && moved < MostBalanced && FindGiver() is var (giver, taker) && giver is not null; moved++)
        {
            Claim(giver, taker!, policy == PreemptPolicy.Aggressive, now);
        }

        return moved > 0;
    }

    private (Instance? Giver, Job? Taker) FindGiver()
    {
        var seen = 0;
        foreach (var taker in sharing)
        {
            if (++seen > MostRichSeen)
            {
                break;
            }

            var promised = taker.Extra + taker.Claims.Count;
            if (promised >= options.SmartShare.MostExtra(taker.Spec))
            {
                continue;
            }

            foreach (var rich in extended.Reverse().Take(MostRichSeen))
            {
                if (rich.Extra <= promised + 1)
                {
                    break;
                }

                if (Array.FindLast(rich.Instances, instance => instance.IsExtra && MayBePreempted(instance) && CouldUse(taker, instance)) is { } giver)
                {
                    return (giver, taker);
                }
            }
        }

        return (null, null);
    }

    /// <summary>All that the job needs there is the room of that run.</summary>
    private bool CouldUse(Job job, Instance instance)
        => index.Match(job.Class, instance.Worker!.Class).Fit == Fit.Fits && IsOpenTo(job.Class, job, instance.Worker) && MakesEnough(job.Class.Reservations.Slots, instance.Worker, [instance]);
}
