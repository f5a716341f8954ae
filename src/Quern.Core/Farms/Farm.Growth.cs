using Quern.Core.Dispatch;
using Quern.Core.Expressions;
using Quern.Core.Jobs;
using Quern.Core.Workers;

namespace Quern.Core.Farms;

/// <summary>
/// An instance of <c>host.processors=N-M</c> starts with N and takes what gets free on its host, up to M, once nobody in line can use it. Its next item is told. What it has taken it keeps to
/// the end of its run. Source: reference, qube-jobs 11.2.
/// </summary>
public sealed partial class Farm
{
    /// <summary>Gives what is free on the host to those that may grow, the first in line first. Whoever stands before them and waits for more room there is left some.</summary>
    private void Grow(Worker worker, Now now)
    {
        if (!index.HasGrowing || worker.KeptFor is not null || worker.Instances.Any(instance => instance.MakesRoomFor is not null))
        {
            return;
        }

        while (worker.SlotsFree > 0 && worker.Instances.Where(MayGrow).MinBy(instance => instance.PlacedBy) is { } instance && !IsWaitedFor(worker, instance.PlacedBy))
        {
            Grow(instance, Math.Min(worker.SlotsFree, instance.Job.Class.Reservations.Slots.Maximum - instance.Slots), now);
        }

        index.Refresh(worker);
    }

    /// <summary>A job in line stands before that place and needs more room on the host than there is: it is not made to wait longer.</summary>
    private bool IsWaitedFor(Worker worker, QueueKey place)
    {
        foreach (var its in index.Ready)
        {
            if (index.Match(its, worker.Class) is { Fit: Fit.Fits } match && DispatchRules.FitOfHost(its, its.Head!, worker) == Fit.Fits
                && DispatchRules.FitOfRoom(its.Reservations, worker) is Fit.Slots or Fit.NotIdle && (KeyOf(its.Head!, its, match.Rank) with { Load = 0 }).GoesBefore(place))
            {
                return true;
            }
        }

        return false;
    }

    private static bool MayGrow(Instance instance)
        => instance.Job.Class.Reservations.Slots is { Kind: SlotKind.Growing } slots && instance.Slots < slots.Maximum && instance.Status == Status.Running && instance.Phase is RunPhase.Starting or RunPhase.Live && instance.Leaving is null;

    private void Grow(Instance instance, int more, Now now)
    {
        var worker = instance.Worker!;
        worker.SlotsUsed += more;
        CountShareSlots(instance.CountedShare, more);
        instance.Slots += more;
        instance.Allocations = Allocated(instance.Job.Class.Reservations, instance.Slots);
        Send(worker, new ResizeOrder(instance.RunId, instance.Slots, instance.Allocations));
        Record(instance.Job, instance.Sub, "", Caller.Farm, $"subjob: {instance.Id} on: {worker.Name}: has {instance.Slots} slots now", now);
        MarkDirty(instance);
        Unsettle(instance.Job);
    }
}
