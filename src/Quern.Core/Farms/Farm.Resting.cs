using Quern.Core.Dispatch;
using Quern.Core.Jobs;
using Quern.Core.Workers;

namespace Quern.Core.Farms;

/// <summary>
/// An application of a job type that has nothing to do while items of its job are blocked (by what they depend on, by a delay, by a person) stays loaded on its host, as long as nobody in line could
/// use what it holds. Whoever comes and cannot start without it claims its place, whatever the ranks. Source: reference, qube-jobs 6.1 (waiting).
/// </summary>
public sealed partial class Farm
{
    /// <summary>Runs that were seen to rest; some may not any more.</summary>
    private readonly HashSet<Instance> resting = [];

    private bool MayRest(Instance instance)
    {
        if (!IsLoadedAndIdle(instance) || options.SmartShare.IsOn || instance.IsSecondary || IsWantedBySomebody(instance))
        {
            return false;
        }

        resting.Add(instance);
        return true;
    }

    private static bool IsLoadedAndIdle(Instance instance)
        => instance is { Phase: RunPhase.Live, Status: Status.Running, MakesRoomFor: null, Leases.Count: 0 } && instance.Job is { IsOfCommands: false, Hold: Hold.None } && instance.Job.Items is { Pending: 0 } items && items.CountOf(ItemState.Blocked) > 0;

    private bool IsWantedBySomebody(Instance instance)
    {
        foreach (var lane in index.Lanes)
        {
            if (lane.Classes.Count > 0 && (IsShutOut(lane.Sample) ? IsInTheWay(instance, lane.Sample) : lane.Classes.Any(its => index.Match(its, instance.Worker!.Class).Fit == Fit.Fits)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>It counts in a limit that keeps the class from every host, or holds a resource of which the class finds too little.</summary>
    private bool IsInTheWay(Instance instance, JobClass its)
        => FitOfLimits(its) != Fit.Fits ? instance.Job.Spec.User == its.Key.User
        : ShortOf(its.Reservations, null) is { } demand && instance.Holding is { } holding && holding.Others.Any(other => other.Resource == demand.Resource);

    /// <summary>Resting runs that the job could start without; null = they are not enough.</summary>
    private List<Instance>? FindResting(JobClass its, Job job)
    {
        resting.RemoveWhere(instance => !IsLoadedAndIdle(instance));
        if (resting.Count == 0)
        {
            return null;
        }

        if (IsShutOut(its))
        {
            return resting.FirstOrDefault(instance => IsInTheWay(instance, its)) is { } one ? [one] : null;
        }

        foreach (var there in resting.GroupBy(instance => instance.Worker!))
        {
            List<Instance> found = [.. there];
            if (index.Match(its, there.Key.Class).Fit == Fit.Fits && IsOpenTo(its, job, there.Key) && MakesEnough(its.Reservations.Slots, there.Key, found))
            {
                return Fewest(its, there.Key, found);
            }
        }

        return null;
    }

    private static List<Instance> Fewest(JobClass its, Worker worker, List<Instance> found)
    {
        while (found.Count > 1 && MakesEnough(its.Reservations.Slots, worker, found[..^1]))
        {
            found.RemoveAt(found.Count - 1);
        }

        return found;
    }

    /// <summary>What the host is has changed: who rests there may be in somebody's way now.</summary>
    private bool LookAtResting(Worker worker)
    {
        var isAny = false;
        foreach (var instance in resting.Where(instance => instance.Worker == worker))
        {
            Stir(instance);
            Unsettle(instance.Job);
            isAny = true;
        }

        return isAny;
    }

    private void EndRest(Instance instance, Job job, Now now)
    {
        instance.MakesRoomFor = job;
        job.Claims.Add(instance);
        Record(instance.Job, instance.Sub, "", Caller.Farm, $"subjob: {instance.Id} on: {instance.Worker!.Name}: waits for items, and leaves for job {job.Id}", now);
        Stir(instance);
        Unsettle(instance.Job);
    }
}
