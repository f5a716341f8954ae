using Quern.Core.Dispatch;
using Quern.Core.Expressions;
using Quern.Core.Jobs;
using Quern.Core.Workers;

namespace Quern.Core.Farms;

/// <summary>
/// An instance of <c>host.processors=N-M</c> with an agenda starts with what is free, at least N, and takes what gets free on its host, up to M, once nobody in line can use it. Whatever it has beyond N
/// is lent: when somebody in line, of whatever rank, could start there with it, the instance finishes its item, gives it back and goes on with N. Its next item is told. Source: reference, qube-jobs 11.2.
/// <code>
///   N ... M --somebody could start with what is lent--> asked back (no more items) --its item ends--> N --nobody can use what is free--> ... M
/// </code>
/// </summary>
public sealed partial class Farm
{
    /// <summary>Runs that have had more than their least; some may not any more.</summary>
    private readonly HashSet<Instance> lent = [];
    private readonly HashSet<Worker> lentLookedAt = [];
    private long timesAskedBack;

    private static int LentTo(Instance instance) => instance.Job.Class.Reservations.Slots is { Kind: SlotKind.Growing } slots ? Math.Max(0, instance.Slots - slots.Minimum) : 0;

    /// <summary>To be called when what the instance has, or what it asks for, is other than before.</summary>
    private void CountLent(Instance instance)
    {
        if (LentTo(instance) > 0)
        {
            lent.Add(instance);
        }
        else
        {
            lent.Remove(instance);
        }
    }

    /// <summary>Gives what is free on the host to those that may grow, the first in line first. Whoever waits for more room there than there is, and would have it in time, is left some.</summary>
    private void Grow(Worker worker, Now now)
    {
        if (!index.HasGrowing || worker.KeptFor is not null || worker.Instances.Any(instance => instance.MakesRoomFor is not null))
        {
            return;
        }

        while (worker.SlotsFree > 0 && worker.Instances.Where(MayGrow).MinBy(instance => instance.PlacedBy) is { } instance && !IsWaitedFor(worker, instance.PlacedBy, now))
        {
            Resize(instance, instance.Slots + Math.Min(worker.SlotsFree, instance.Job.Class.Reservations.Slots.Maximum - instance.Slots), now);
        }

        index.Refresh(worker);
    }

    /// <summary>A job in line needs more room on the host than there is, and stands before that place, or could start with what is lent there: it is not made to wait longer.</summary>
    private bool IsWaitedFor(Worker worker, QueueKey place, Now now)
    {
        foreach (var lane in index.Lanes)
        {
            if (lane.Classes.Count == 0 || DispatchRules.FitOfRoom(lane.Sample.Reservations, worker) is not (Fit.Slots or Fit.NotIdle))
            {
                continue;
            }

            var hasRoom = HasRoomWithLent(lane.Sample, worker);
            foreach (var its in lane.Classes)
            {
                if (index.Match(its, worker.Class) is { Fit: Fit.Fits } match && DispatchRules.FitOfHost(its, its.Head!, worker) == Fit.Fits
                    && ((KeyOf(its.Head!, its, match.Rank) with { Load = 0 }).GoesBefore(place) || (hasRoom && FitOfJob(its, its.Head!, worker, match.Rank, now) == Fit.Fits)))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static bool MayGrow(Instance instance) => instance.Job.Class.Reservations.Slots is { Kind: SlotKind.Growing } slots && instance.Slots < slots.Maximum && MayBeResized(instance) && !instance.IsAskedBack;

    private static bool MayBeResized(Instance instance) => instance.TakesItems && instance is { Leaving: null, MakesRoomFor: null, Job.Items: not null };

    private void Resize(Instance instance, int slots, Now now)
    {
        var worker = instance.Worker!;
        worker.SlotsUsed += slots - instance.Slots;
        CountShareSlots(instance.CountedShare, slots - instance.Slots);
        instance.Slots = slots;
        instance.Allocations = Allocated(instance.Holding!, slots);
        CountLent(instance);
        Send(worker, new ResizeOrder(instance.RunId, slots, instance.Allocations));
        Record(instance.Job, instance.Sub, "", Caller.Farm, $"subjob: {instance.Id} on: {worker.Name}: has {slots} slots now", now);
        MarkDirty(instance);
        Unsettle(instance.Job);
    }

    /// <summary>All that the job needs there is slots, and what is lent is enough.</summary>
    private bool CouldStartWithLent(JobClass its, Job job, Worker worker, Now now) => HasRoomWithLent(its, worker) && MayGoTo(its, job, worker, now);

    /// <summary>What classes of a lane have in common is there, or would be with what is lent.</summary>
    private bool HasRoomWithLent(JobClass its, Worker worker)
        => its.Reservations.Slots.Kind != SlotKind.WholeHost && RoomWithLent(worker) >= its.Reservations.Slots.Minimum && worker.CanTake && DispatchRules.HasOthers(its.Reservations, worker)
            && FitOfLimits(its) == Fit.Fits && ShortOf(its.Reservations, worker) is null;

    /// <summary>Nothing of the class or the job keeps it from the host.</summary>
    private bool MayGoTo(JobClass its, Job job, Worker worker, Now now)
        => index.Match(its, worker.Class) is { Fit: Fit.Fits } match && FitOfJob(its, job, worker, match.Rank, now) == Fit.Fits;

    /// <summary>Slots that are free on the host or were asked back, or all that could be.</summary>
    private static int RoomWithLent(Worker worker, bool isAskedBack = false)
    {
        var room = worker.SlotsFree;
        foreach (var instance in worker.Instances)
        {
            room += (instance.IsAskedBack || !isAskedBack) && MayBeResized(instance) ? LentTo(instance) : 0;
        }

        return room;
    }

    /// <summary>Asks for what is lent where the job could start with it.</summary>
    /// <returns>How many of its instances will find room.</returns>
    private int AskBack(JobClass its, Job job, Now now)
    {
        if (lent.Count == 0 || IsShutOut(its))
        {
            return 0;
        }

        var (wanted, found) = (Unclaimed(job), 0);
        foreach (var instance in lent)
        {
            var worker = instance.Worker!;
            if (found >= wanted)
            {
                break;
            }

            if (lentLookedAt.Add(worker) && CouldStartWithLent(its, job, worker, now))
            {
                found += AskBack(worker, its.Reservations.Slots.Minimum, wanted - found);
            }
        }

        lentLookedAt.Clear();
        its.WaitsForLent |= found > 0;
        return found;
    }

    private int AskBack(Worker worker, int each, int wanted)
    {
        var room = RoomWithLent(worker, isAskedBack: true);
        while (room / each < wanted && worker.Instances.Where(instance => !instance.IsAskedBack && LentTo(instance) > 0 && MayBeResized(instance)).MaxBy(instance => instance.PlacedBy) is { } last)
        {
            room += LentTo(last);
            AskBack(last);
        }

        return room / each;
    }

    private void AskBack(Instance instance)
    {
        if (!instance.IsAskedBack)
        {
            timesAskedBack++;
            instance.IsAskedBack = true;
            LeaveAfterItem(instance);
        }
    }

    /// <summary>Somebody in line may be able to start there with what is lent.</summary>
    /// <returns>True when something was asked back.</returns>
    private bool AskBackOn(Worker worker, Now now)
    {
        if (lent.Count == 0 || !worker.Instances.Any(instance => LentTo(instance) > 0 && !instance.IsAskedBack))
        {
            return false;
        }

        foreach (var lane in index.Lanes)
        {
            if (lane.Classes.Count > 0 && HasRoomWithLent(lane.Sample, worker) && lane.Classes.FirstOrDefault(its => MayGoTo(its, its.Head!, worker, now)) is { } found)
            {
                found.WaitsForLent = true;
                _ = AskBack(worker, lane.Sample.Reservations.Slots.Minimum, 1);
                return true;
            }
        }

        return false;
    }

    /// <summary>Its item is over, and it holds no other.</summary>
    private void GiveBack(Instance instance, Now now)
    {
        instance.IsAskedBack = false;
        if (LentTo(instance) > 0)
        {
            Resize(instance, instance.Job.Class.Reservations.Slots.Minimum, now);
            index.Move(instance.Worker!);
            WakeForLent();
        }
    }

    /// <summary>Who asked for what is back now may lose it to somebody before them, and asks again. For all others the host has moved, no more.</summary>
    private void WakeForLent()
    {
        foreach (var its in index.Ready)
        {
            if (its.WaitsForLent)
            {
                its.WaitsForLent = false;
                index.Wake(its);
            }
        }
    }
}
