using Quern.Core.Expressions;
using Quern.Core.Jobs;
using Quern.Core.Triggers;
using Quern.Core.Workers;

namespace Quern.Core.Farms;

/// <summary>Workers come, go, return. What a worker has and what the farm thinks it has are brought together at each connection.</summary>
public sealed partial class Farm
{
    /// <summary>A worker is connected and has said how it is and what it holds. Gives every order the state asks for.</summary>
    /// <returns>The number of this connection; null when the worker is not known, or was removed and may not come back.</returns>
    public int? LinkUp(WorkerId id, WorkerFacts facts, WorkerVitals vitals, IReadOnlyList<HeldRun> held, Now now)
    {
        if (FindRemoved(id) is { IsLetBack: true })
        {
            Readmit(id);
        }

        if (FindWorker(id) is not { } worker)
        {
            return null;
        }

        if (worker.IsLost)
        {
            HostHappened(worker, EventNames.Active);
        }

        worker.Tell(facts);
        index.Reclassify(worker);
        worker.IsConnected = true;
        worker.Connections++;
        worker.LostAtMs = null;
        MarkDirty(worker);
        Observe(worker, vitals, now);
        ForgetRefusals(worker);
        var known = new HashSet<Instance>();
        foreach (var run in held)
        {
            var instance = InstanceOf(run.Run);
            if (instance is null || instance.Worker != worker || instance.Run != run.Run.Run || instance.Phase == RunPhase.Idle)
            {
                Send(worker, new ForgetOrder(run.Run));
                continue;
            }

            known.Add(instance);
            if (instance.Phase == RunPhase.Lost)
            {
                TakeBack(instance, now);
            }

            Send(worker, new AcknowledgeOrder(run.Run, instance.OutputPosition, instance.OutputPosition));
            Repeat(worker, instance, run);
        }

        foreach (var instance in worker.Instances.Where(instance => !known.Contains(instance)).ToList())
        {
            NotHeld(worker, instance, now);
        }

        if (facts.IsDraining)
        {
            FinishCurrent(worker);
        }

        RefreshLock(worker, now);
        foreach (var instance in worker.Instances)
        {
            instance.RefreshPlaceable();
            Stir(instance);
            Unsettle(instance.Job);
        }

        return worker.Connections;
    }

    /// <summary>A host that connects anew may have been mended: what it refused is tried again.</summary>
    private void ForgetRefusals(Worker worker)
    {
        foreach (var id in barring)
        {
            if (FindJob(id) is { } job && job.Refusals.TryGetValue(worker.Id, out var refusal) && !refusal.IsMigration)
            {
                EndRefusal(job, worker.Id);
            }
        }

        barring.RemoveWhere(id => FindJob(id) is not { Refusals.Count: > 0 });
    }

    /// <summary>The connection is gone. What the worker runs goes on until it counts as lost.</summary>
    public void LinkDown(WorkerId id, Now now)
    {
        if (FindWorker(id) is { IsConnected: true } worker)
        {
            worker.IsConnected = false;
            worker.LostAtMs = now.Monotonic + options.WorkerLostMs;
            SetAlarm(worker, worker.LostAtMs);
            index.Move(worker);
            ReleaseHost(worker);
            worker.LastContactMs = now.Unix;
        }
    }

    /// <summary>Everything the worker may have missed of what this run was told. Items wait until its journal is heard: some may have ended.</summary>
    private void Repeat(Worker worker, Instance instance, HeldRun run)
    {
        switch (instance.Phase)
        {
            case RunPhase.Starting or RunPhase.Live:
                RepeatItems(instance, run);
                RepeatStandstill(worker, instance, run);
                RepeatSlots(worker, instance);
                break;
            case RunPhase.Finishing:
                RepeatItems(instance, run);
                Send(worker, new FinishOrder(instance.RunId, NextOf(instance)));
                RepeatStandstill(worker, instance, run);
                break;
            case RunPhase.Stopping:
                Send(worker, new KillOrder(instance.RunId, "stopped while the worker was away"));
                break;
            case RunPhase.Idle or RunPhase.Closing or RunPhase.Lost:
                break;
        }

        Unsettle(instance.Job);
    }

    private static void RepeatItems(Instance instance, HeldRun run)
    {
        instance.Repeats = instance.Leases.Select(lease => new ItemGrant(lease.Item, lease.Attempt)).Except(run.Held).ToList();
        instance.RepeatAt = run.JournalEnd;
    }

    /// <summary>One that grew or gave back may not have heard of it, and a worker that started anew knows no slots of what it took back.</summary>
    private void RepeatSlots(Worker worker, Instance instance)
    {
        if (instance.Status == Status.Running && (instance.Slots > 1 || instance.Job.Class.Reservations.Slots.Kind == SlotKind.Growing))
        {
            Send(worker, new ResizeOrder(instance.RunId, instance.Slots, instance.Allocations));
        }
    }

    private void RepeatStandstill(Worker worker, Instance instance, HeldRun run)
    {
        if (instance.Status == Status.Suspended)
        {
            Send(worker, new SuspendOrder(instance.RunId));
        }
        else if (run.IsSuspended)
        {
            Send(worker, new ResumeOrder(instance.RunId));
        }
    }

    /// <summary>The journal is heard as far as it went at the connection: what is still leased, was not started and is not held was lost on the way.</summary>
    private void RepeatGrants(Instance instance)
    {
        if (instance.Repeats is not { } repeats || instance.Position < instance.RepeatAt || !instance.IsPlaced || !instance.Worker!.IsConnected)
        {
            return;
        }

        instance.Repeats = null;
        var open = repeats.Where(grant => grant.Item != instance.CurrentItem && FindLease(instance, grant.Item, grant.Attempt) >= 0).ToList();
        if (open.Count > 0)
        {
            Send(instance.Worker, new GrantOrder(instance.RunId, instance.Job, open));
        }

        var recalled = instance.Leases.Where(lease => lease.Recalled).Select(lease => new ItemGrant(lease.Item, lease.Attempt)).ToList();
        if (recalled.Count > 0)
        {
            Send(instance.Worker, new RecallOrder(instance.RunId, recalled));
        }
    }

    /// <summary>The farm thinks the run is there, the worker does not have it.</summary>
    private void NotHeld(Worker worker, Instance instance, Now now)
    {
        switch (instance.Phase)
        {
            case RunPhase.Starting:
                // The order was lost on the way.
                SendStart(worker, instance, instance.Leases.Select(lease => new ItemGrant(lease.Item, lease.Attempt)).ToList(), now);
                if (instance.Status == Status.Suspended)
                {
                    Send(worker, new SuspendOrder(instance.RunId));
                }
                break;
            case RunPhase.Closing or RunPhase.Lost:
                LetGo(instance);
                break;
            case RunPhase.Finishing or RunPhase.Stopping when instance.Position == 0:
                // The order was lost on the way, and what came after it wants no start any more.
                GiveUp(instance, $"the order to start it did not reach {worker.Name}", now);
                LetGo(instance);
                break;
            default:
                GiveUp(instance, $"{worker.Name} no longer has it", now);
                LetGo(instance);
                break;
        }
    }

    /// <summary>A lost host is back before anybody else got the instance: what it still holds, and nobody else was given, counts again.</summary>
    private void TakeBack(Instance instance, Now now)
    {
        var job = instance.Job;
        var given = new List<ItemGrant>();
        for (var at = instance.Leases.Count - 1; at >= 0; at--)
        {
            var lease = instance.Leases[at];
            var item = job.Items![lease.Item];
            if (item.State == ItemState.Pending && item.Attempts == lease.Attempt && instance.Status == Status.Pending)
            {
                var isCurrent = instance.CurrentItem == lease.Item;
                job.Items.Set(lease.Item, item with { State = isCurrent ? ItemState.Running : ItemState.Leased });
            }
            else
            {
                given.Add(new ItemGrant(lease.Item, lease.Attempt));
                DropLease(instance, at);
            }
        }

        Occupy(instance, HoldingOf(instance));
        if (instance.Status == (instance.IsSecondary ? Status.Complete : Status.Pending))
        {
            instance.Phase = RunPhase.Live;
            SetStatus(instance, Status.Running, "");
            Record(job, instance.Sub, "", Caller.Farm, $"subjob state: running on: {instance.Worker!.Name} (taken back)", now);
            if (given.Count > 0)
            {
                Send(instance.Worker, new RecallOrder(instance.RunId, given));
            }
        }
        else
        {
            instance.Phase = RunPhase.Stopping;
            MarkDirty(instance);
        }
    }

    /// <summary>The run cannot be reached any more: its items go back, its slots are free, the instance may start anew.</summary>
    private void GiveUp(Instance instance, string reason, Now now)
    {
        var job = instance.Job;
        var worker = instance.Worker!;
        foreach (var lease in instance.Leases)
        {
            SetItem(job, lease.Item, job.Items![lease.Item] with { State = ItemState.Pending, Attempts = lease.Attempt, Reason = reason });
        }

        Unplace(instance);
        instance.Phase = RunPhase.Lost;
        if (instance.Status is Status.Running or Status.Suspended)
        {
            SetStatus(instance, instance.Leaving ?? Status.Pending, reason);
            Record(job, instance.Sub, "", Caller.Farm, $"subjob state: {instance.Status.Word()} on: {worker.Name}: {reason}", now);
        }

        instance.Leaving = null;

        MarkDirty(instance);
        Unsettle(job);
    }

    /// <summary>Nothing of the run is left anywhere.</summary>
    private void LetGo(Instance instance)
    {
        instance.Worker!.Instances.Remove(instance);
        instance.Phase = RunPhase.Idle;
        instance.Leases.Clear();
        instance.CurrentItem = -1;
        MarkDirty(instance);
        Unsettle(instance.Job);
    }

    private void CountLost(Worker worker, Now now)
    {
        worker.LostAtMs = null;
        HostHappened(worker, EventNames.Down);
        foreach (var instance in worker.Instances.ToList())
        {
            if (instance.Phase == RunPhase.Closing)
            {
                // Only its last output is missing: it comes when the host does, unless the instance is wanted elsewhere before.
                instance.RefreshPlaceable();
                Unsettle(instance.Job);
            }
            else if (instance.IsPlaced)
            {
                GiveUp(instance, $"{worker.Name} is lost", now);
            }
        }

        RemoveGone(worker, now);
    }
}
