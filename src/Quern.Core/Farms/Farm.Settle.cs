using Quern.Core.Jobs;
using Quern.Core.Triggers;

namespace Quern.Core.Farms;

/// <summary>What follows from the facts of a turn: statuses, triggers, leases, ends.</summary>
public sealed partial class Farm
{
    /// <summary>Of the job that is being settled.</summary>
    private readonly List<Instance> stirred = [];

    private void Settle(Now now)
    {
        while (unsettled.TryDequeue(out var job))
        {
            job.IsUnsettled = false;
            if (!job.IsRemoved)
            {
                Settle(job, now);
            }
        }
    }

    private void Settle(Job job, Now now)
    {
        stirred.Clear();
        job.TakeStirred(stirred);
        foreach (var instance in stirred)
        {
            Acknowledge(instance);
            RepeatGrants(instance);
        }

        if (job.Delayed.Count > 0)
        {
            SetAlarm(job);
        }

        if (job.Items is not null)
        {
            SettleAgenda(job, job.Items, now);
        }

        var before = job.Status;
        job.Status = StatusOf(job);
        if (job.Status != before || job.IsNew)
        {
            StatusChanged(job, before, now);
        }

        if (!WantsPlace(job))
        {
            job.Class.Leave(job);
            EndWaiting(job);
        }
        else if (!index.Enter(job) && job.Refusals.Count > 0)
        {
            index.Wake(job.Class);
        }

        RefreshSharing(job);
        job.IsNew = false;
    }

    private void Acknowledge(Instance instance)
    {
        if (instance.MustAcknowledge)
        {
            instance.MustAcknowledge = false;
            if (instance.Phase != RunPhase.Idle && instance.Worker is { } worker)
            {
                Send(worker, new AcknowledgeOrder(instance.RunId, instance.OutputPosition, instance.HeardTo));
            }
        }

        if (instance.Phase == RunPhase.Closing && instance.OutputPosition >= instance.Position)
        {
            Send(instance.Worker!, new ForgetOrder(instance.RunId));
            LetGo(instance);
        }
    }

    private void StatusChanged(Job job, Status before, Now now)
    {
        if (job.Status == Status.Running && job.StartedMs == 0)
        {
            job.StartedMs = now.Unix;
            MarkDirty(job);
        }

        if (job.Status.IsDone())
        {
            job.EndedMs = now.Unix;
            MarkDirty(job);
            Record(job, -1, "", Caller.Farm, $"job state: {job.Status.Word()}", now);
        }
        else if (before.IsDone())
        {
            job.EndedMs = 0;
            MarkDirty(job);
            RearmTimers(job, now);
        }

        if (job.Status != before)
        {
            JobHappened(job, EventNames.Of(job.Status));
            CallbackJobChanged(job, now);
        }
    }

    /// <summary>Gives items to runs, takes unstarted ones from runs that hold too many, and ends runs that will get no more.</summary>
    private void SettleAgenda(Job job, ItemTable items, Now now)
    {
        if (job.Hold == Hold.Retired && items.Pending > 0)
        {
            CompleteRest(job, items);
        }

        foreach (var instance in stirred)
        {
            if (instance is { IsAskedBack: true, TakesItems: true, Leases.Count: 0 })
            {
                GiveBack(instance, now);
            }

            if (instance.TakesItems && instance.Worker!.CanTake && !instance.IsAskedBack && !MustLeave(instance))
            {
                FillLease(job, items, instance);
            }
        }

        foreach (var instance in stirred)
        {
            if (instance.TakesItems && instance.Leases.Count == 0 && instance.Worker is { IsConnected: true } worker && (worker.Facts.IsDraining || MustLeave(instance)))
            {
                // The host takes no more, or its slot is locked: the instance goes on elsewhere.
                FinishRun(instance);
            }
        }

        if (items.Pending == 0)
        {
            EndDryRuns(job, items);
        }

        foreach (var instance in stirred)
        {
            if (instance.TakesItems && instance.Leases.Count == 0)
            {
                job.Starved.Add(instance);
            }

            InstanceWaits(instance);
        }

        if (items.Active == 0)
        {
            // Nobody is needed any more.
            EndIdleInstances(job, now);
        }
        else if (items.Pending > 0 && job.Hold == Hold.None && job.Tally[Status.Complete] > 0)
        {
            Revive(job, items);
        }
    }

    private void EndIdleInstances(Job job, Now now)
    {
        if (job.Tally[Status.Suspended] > 0)
        {
            ResumeIdle(job, now);
        }

        if (job.Tally[Status.Pending] + job.Tally[Status.BadLogin] + job.Tally[Status.Blocked] == 0)
        {
            return;
        }

        foreach (var instance in job.Instances)
        {
            if (instance.Status is Status.Pending or Status.BadLogin or Status.Blocked)
            {
                SetStatus(instance, Status.Complete, "");
            }
        }
    }

    /// <summary>Items wait and instances that had nothing left to do are complete: as many as are needed come back.</summary>
    private void Revive(Job job, ItemTable items)
    {
        var wanted = items.Pending;
        foreach (var instance in job.Instances)
        {
            wanted -= instance.Status is Status.Pending or Status.BadLogin || instance.TakesItems ? 1 : 0;
        }

        for (var at = 0; at < job.Instances.Length && wanted > 0; at++)
        {
            var instance = job.Instances[at];
            if (instance.Status == Status.Complete && !instance.IsRetired && !instance.IsSecondary && instance.Phase is RunPhase.Idle or RunPhase.Closing)
            {
                SetStatus(instance, Status.Pending, "");
                wanted--;
            }
        }
    }

    private void FillLease(Job job, ItemTable items, Instance instance)
    {
        if (items.Pending == 0)
        {
            return;
        }

        var depth = LeaseDepth(job, items);
        var held = instance.Leases.Count;
        if (held > 0 && held > depth / 2)
        {
            return;
        }

        var given = LeaseItems(job, items, instance, depth - held);
        if (given.Count > 0 && instance.Phase is RunPhase.Starting or RunPhase.Live)
        {
            Send(instance.Worker!, new GrantOrder(instance.RunId, job, given));
        }
    }

    /// <summary>
    /// Items a run may hold: the one it runs, the next one, and more when they are short. Near the end of the agenda each run gets its share
    /// of what is left, so that none holds what another could run.
    /// </summary>
    private int LeaseDepth(Job job, ItemTable items)
    {
        var sharers = job.Tally[Status.Pending] + job.Tally[Status.Running];
        var byTime = job.MeanItemMs == 0 ? 2 : (int)Math.Clamp(Math.Ceiling(options.LeaseAheadMs / job.MeanItemMs), 1, options.LeaseItems) + 1;
        var share = Math.Max(1, items.Pending / Math.Max(1, sharers));
        return Math.Min(byTime, share);
    }

    private List<ItemGrant> LeaseItems(Job job, ItemTable items, Instance instance, int count)
    {
        var given = new List<ItemGrant>(Math.Clamp(count, 0, items.Pending));
        if (WaitsForAll(job, items))
        {
            return given;
        }

        while (given.Count < count && items.NextPending() is >= 0 and var next)
        {
            var item = items[next];
            item.State = ItemState.Leased;
            item.Attempts++;
            item.Sub = instance.Sub;
            item.Worker = instance.Worker!.Id.Value;
            item.StartedMs = 0;
            item.EndedMs = 0;
            items.Set(next, item);
            ItemHappened(job, next, ItemState.Pending, item);
            instance.Leases.Add(new Lease { Item = next, Attempt = item.Attempts });
            given.Add(new ItemGrant(next, item.Attempts));
        }

        if (given.Count > 0)
        {
            MarkDirty(instance);
        }

        return given;
    }

    /// <summary>No item is pending: an idle run gets one that another holds and has not started, or rests, or ends.</summary>
    private void EndDryRuns(Job job, ItemTable items)
    {
        bool? isRecallingAny = null;
        foreach (var instance in stirred)
        {
            if (instance.TakesItems && instance.Leases.Count == 0 && instance.Worker!.IsConnected)
            {
                // What is recalled has not started: it counts as leased.
                var hasUnstarted = items.CountOf(ItemState.Leased) > 0;
                isRecallingAny ??= hasUnstarted && job.Instances.Any(other => other.Leases.Exists(lease => lease.Recalled));
                var isRecalling = isRecallingAny.Value || (hasUnstarted && RecallOne(job));
                isRecallingAny = isRecalling;
                if (!isRecalling && !job.Flags.HasFlag(JobFlags.DisableAutoComplete) && !MayRest(instance))
                {
                    FinishRun(instance);
                }
            }
        }
    }

    /// <summary>A job of flag grid hands nothing out until each of its instances that is not over has started; once something was handed out they need not wait for each other.</summary>
    private static bool WaitsForAll(Job job, ItemTable items)
        => job.Flags.HasFlag(JobFlags.Grid) && items.Pending + items.CountOf(ItemState.Blocked) == items.Count
        && !Array.TrueForAll(job.Instances, instance => instance.Status.IsDone() || (instance.Phase == RunPhase.Live && instance.Status == Status.Running));

    private void FinishRun(Instance instance)
    {
        instance.Phase = RunPhase.Finishing;
        MarkDirty(instance);
        Send(instance.Worker!, new FinishOrder(instance.RunId, NextOf(instance)));
    }

    /// <summary>What a run that gets no more items is for: its instance goes on elsewhere as long as there are some.</summary>
    private static Status NextOf(Instance instance) => instance.Leaving ?? (instance.Job.Items is { } items && items.Pending + items.CountOf(ItemState.Blocked) > 0 ? Status.Pending : Status.Complete);

    /// <summary>Asks the run that holds most for the last item it has not started. Not worth it when that item starts in a moment anyway.</summary>
    private bool RecallOne(Job job)
    {
        Instance? holder = null;
        foreach (var other in job.Instances)
        {
            if (other.TakesItems && other.Worker!.IsConnected && other.Leases.Count > 1 && (holder is null || other.Leases.Count > holder.Leases.Count))
            {
                holder = other;
            }
        }

        if (holder is null || (job.MeanItemMs > 0 && job.MeanItemMs * (holder.Leases.Count - 1) < options.LeaseAheadMs))
        {
            return false;
        }

        var last = holder.Leases[^1];
        last.Recalled = true;
        holder.Leases[^1] = last;
        Send(holder.Worker!, new RecallOrder(holder.RunId, [new ItemGrant(last.Item, last.Attempt)]));
        return true;
    }
}
