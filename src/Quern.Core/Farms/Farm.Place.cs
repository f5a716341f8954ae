using Quern.Core.Dispatch;
using Quern.Core.Expressions;
using Quern.Core.Jobs;
using Quern.Core.Resources;
using Quern.Core.Workers;

namespace Quern.Core.Farms;

/// <summary>An instance gets a host and what it reserves, and gives it back. The only place where slots and resources are counted.</summary>
public sealed partial class Farm
{
    private readonly Dictionary<int, int> slotsByShare = [];
    private int slotsInShares;

    private void Place(Instance instance, Worker worker, Now now)
    {
        var job = instance.Job;
        if (instance.Phase is RunPhase.Lost or RunPhase.Closing)
        {
            // Somebody else gets it: what the lost host still does counts for nothing.
            Send(instance.Worker!, new ForgetOrder(instance.RunId));
            LetGo(instance);
        }

        placementsLeft--;
        var its = job.Class;
        var slots = its.Reservations.Slots;
        instance.Run++;
        instance.Worker = worker;
        instance.Slots = DispatchRules.Granted(slots, worker.SlotsFree);
        instance.Allocations = slots.Kind == SlotKind.Exact ? its.Reservations.Text : Allocated(its.Reservations, instance.Slots);
        instance.Phase = RunPhase.Starting;
        instance.Position = instance.OutputPosition = instance.OutputBytes = instance.OutputSeen = instance.HeardTo = 0;
        instance.StartedMs = now.Unix;
        instance.EndedMs = 0;
        instance.Account = "";
        worker.Instances.Add(instance);
        var isGuest = worker.KeptFor is { } kept && kept.Job != job && !IsBeside(its, worker, kept);
        Occupy(instance, its.Reservations);
        index.Refresh(worker);
        EndWaiting(job, worker);
        SetStatus(instance, Status.Running, "");
        var items = job.Items is null ? [] : LeaseItems(job, job.Items, instance, isGuest ? 1 : LeaseDepth(job, job.Items));
        if (isGuest)
        {
            // It fills the time until the host is wanted.
            CountExtra(instance, false);
            instance.MakesRoomFor = worker.KeptFor!.Job;
            instance.MakesRoomFor.Claims.Add(instance);
        }

        SendStart(worker, instance, items, now);
        if (instance.ToldReason is null)
        {
            Record(job, instance.Sub, "", Caller.Farm, $"started on: {worker.Name} ({worker.Facts.Address})", now);
        }

        if (!WantsPlace(job))
        {
            job.Class.Leave(job);
            EndNeed(job);
        }
    }

    /// <summary>By which it gives way: whoever fills idle slots goes first.</summary>
    private QueueKey PlaceInLine(Instance instance, Worker worker)
        => KeyOf(instance.Job, instance.Job.Class, index.Match(instance.Job.Class, worker.Class).Rank) with { Load = 0, Tier = instance.IsSecondary ? QueueKey.Secondary : QueueKey.Primary };

    private static string Allocated(ReservationList wanted, int slots)
        => wanted.Others.Count == 0 ? $"{ReservationList.SlotsName}={slots}" : $"{ReservationList.SlotsName}={slots},{string.Join(',', wanted.Others)}";

    /// <summary>What the present or last run was given, read back; rows of before had no word of it.</summary>
    private static ReservationList HoldingOf(Instance instance)
        => instance.Allocations.Length == 0 || instance.Allocations == instance.Job.Class.Reservations.Text
            ? instance.Job.Class.Reservations
            : ReservationList.Parse(instance.Allocations, out _) ?? instance.Job.Class.Reservations;

    /// <summary>The instance is placed: what it was given counts as taken.</summary>
    private void Occupy(Instance instance, ReservationList wanted)
    {
        var worker = instance.Worker!;
        var job = instance.Job;
        instance.Holding = wanted;
        worker.SlotsUsed += instance.Slots;
        foreach (var demand in wanted.Others)
        {
            Count(demand, worker, 1);
        }

        CountPlaced(job, instance, 1);
        CountExtra(instance, instance.IsSecondary);
        instance.PlacedBy = PlaceInLine(instance, worker);
        worker.Class.Running.Add(instance);
        CountLent(instance);
        index.Move(worker);
    }

    private void Unplace(Instance instance)
    {
        if (!instance.IsPlaced)
        {
            return;
        }

        var worker = instance.Worker!;
        worker.Class.Running.Remove(instance);
        worker.SlotsUsed -= instance.Slots;
        foreach (var demand in instance.Holding?.Others ?? [])
        {
            Count(demand, worker, -1);
        }

        instance.Holding = null;
        instance.IsAskedBack = false;
        lent.Remove(instance);
        CountPlaced(instance.Job, instance, -1);
        CountExtra(instance, false);
        EndClaim(instance);
        index.Move(worker);
        if (worker.Facts.NeedsCredentials)
        {
            // It may have been the one that tried the password.
            index.WakeAll();
        }
    }

    private void Count(ResourceDemand demand, Worker worker, int sign)
    {
        if (demand.Class is ResourceClass.Host or ResourceClass.Scoped)
        {
            HostResources.Add(worker, demand.Name, sign * demand.Amount);
        }

        if (demand.Class == ResourceClass.Host)
        {
            return;
        }

        if (demand.Resource.IsPerHost)
        {
            var before = HostResources.Held(worker, demand.HeldName);
            HostResources.Add(worker, demand.HeldName, sign);
            if (before + (sign < 0 ? sign : 0) > 0)
            {
                // Another instance there has it too.
                return;
            }
        }

        if (FindResource(demand.Resource) is { } resource)
        {
            var before = resource.Count.Free;
            resource.Held += sign * demand.Amount;
            if (sign < 0)
            {
                WakeFor(resource.Name, before);
            }
        }
    }

    /// <summary>Some of a resource of the farm came back. Who would have had enough of it before does not wait for it.</summary>
    private void WakeFor(ResourceName name, int freeBefore)
    {
        foreach (var lane in index.Lanes)
        {
            foreach (var demand in lane.Sample.Reservations.Others)
            {
                if (demand.Amount > freeBefore && demand.Class == name.Class && demand.Name == name.Name)
                {
                    index.Wake(lane);
                }
            }
        }
    }

    private void CountPlaced(Job job, Instance instance, int sign)
    {
        CountShare(instance, sign);
        var user = job.Spec.User;
        placedByUser[user] = placedByUser.GetValueOrDefault(user) + sign;
        placedByPgrp[(user, job.Pgrp)] = placedByPgrp.GetValueOrDefault((user, job.Pgrp)) + sign;
        if (sign > 0 || job.Class.Key.User.Length == 0)
        {
            return;
        }

        foreach (var lane in index.Lanes)
        {
            if (lane.Key.User == user)
            {
                index.Wake(lane);
            }
        }
    }

    /// <summary>Settings by which jobs and hosts are told apart may have changed: everything is put in its place anew.</summary>
    private void RebuildIndex()
    {
        foreach (var worker in workers.Values)
        {
            index.Remove(worker);
        }

        foreach (var job in jobs.Values)
        {
            index.Forget(job);
        }

        index = new DispatchIndex(new DispatchRules(options));
        slotsByShare.Clear();
        slotsInShares = 0;
        foreach (var job in jobs.Values)
        {
            index.Classify(job);
            Unsettle(job);
        }

        foreach (var worker in workers.Values)
        {
            worker.IsMoved = worker.IsMisplaced = false;
            index.Reclassify(worker);
            index.Refresh(worker);
            foreach (var instance in worker.Instances.Where(instance => instance.IsPlaced))
            {
                instance.PlacedBy = PlaceInLine(instance, worker);
                worker.Class.Running.Add(instance);
                CountShare(instance, 1);
            }
        }
    }

    private void CountShare(Instance instance, int sign)
    {
        if (index.Rules.HasShares)
        {
            instance.CountedShare = sign > 0 ? instance.Job.Class.Share : instance.CountedShare;
            CountShareSlots(instance.CountedShare, sign * instance.Slots);
        }
    }

    private void CountShareSlots(int share, int slots)
    {
        if (index.Rules.HasShares)
        {
            slotsByShare[share] = slotsByShare.GetValueOrDefault(share) + slots;
            slotsInShares += slots;
        }
    }

    /// <summary>What a share holds, measured by its weight: the one with least goes first.</summary>
    private double LoadOf(int share) => slotsByShare.GetValueOrDefault(share) / index.Rules.WeightOf(share);
}
