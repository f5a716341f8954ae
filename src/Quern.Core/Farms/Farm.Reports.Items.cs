using Quern.Core.Jobs;
using Quern.Core.Triggers;

namespace Quern.Core.Farms;

/// <summary>What runs report of items, and the leases by which runs hold them.</summary>
public sealed partial class Farm
{
    private void ItemStarted(Instance instance, ItemStartedFact started, long unixMs, Now now)
    {
        var at = FindLease(instance, started.Item, started.Attempt);
        if (at < 0)
        {
            return;
        }

        var lease = instance.Leases[at];
        lease.Recalled = false;
        instance.Leases[at] = lease;
        instance.CurrentItem = started.Item;
        instance.CurrentStartedMs = unixMs;
        BeginItemTime(instance, now);
        var items = instance.Job.Items!;
        var item = items[started.Item] with { State = ItemState.Running, StartedMs = unixMs, EndedMs = 0 };
        items.Set(started.Item, item);
        ItemHappened(instance.Job, started.Item, ItemState.Leased, item);
    }

    private void ItemEnded(Instance instance, ItemEndedFact ended, long unixMs, Now now)
    {
        var at = ended.Item < 0 ? -1 : FindLease(instance, ended.Item, ended.Attempt);
        if (at < 0)
        {
            return;
        }

        var wasLate = instance.IsItemTimedOut && instance.CurrentItem == ended.Item;
        DropLease(instance, at);
        var job = instance.Job;
        var item = job.Items![ended.Item];
        item.EndedMs = unixMs;
        item.ExitCode = ended.ExitCode;
        item.Usage = ended.Usage;
        item.Result = ended.Result.Length > 0 ? ended.Result : null;
        if (ended.Verdict.GivesBack)
        {
            GiveBack(instance, ended, item, now);
            return;
        }

        if (ended.End is ItemEnd.Lost or ItemEnd.Stopped)
        {
            // Nobody's fault: the item goes back and costs no retry.
            SetItem(job, ended.Item, item with { State = ItemState.Pending, Reason = ended.Text });
            turn.AddItemEvent(job, instance.Sub, ended.Item, Caller.Farm, $"work state: pending subjob: {instance.Id} ({(ended.Text.Length > 0 ? ended.Text : "stopped")})", now);
            return;
        }

        instance.Losses = 0;
        LearnDuration(job, item);
        var host = instance.Worker!.Name;
        if (ended.End == ItemEnd.Exited && ended.ExitCode == 0 && ended.Verdict.Kind == VerdictKind.None)
        {
            Praise(instance.Worker!);
            SetItem(job, ended.Item, item with { State = ItemState.Complete, Reason = null });
            Wrangle(instance, isFailure: false, now);
            turn.AddItemEvent(job, instance.Sub, ended.Item, Caller.Farm, $"work state: complete subjob: {instance.Id} ({host})", now);
            return;
        }

        item.Reason = ReasonOf(ended);
        if (ended.End == ItemEnd.TimedOut && !wasLate)
        {
            ItemHappened(instance, ended.Item, EventNames.Timeout);
        }

        var retries = job.RetriesOf(ended.Item);
        if (item.Retries < retries)
        {
            item.Retries++;
            item.State = ItemState.Pending;
            DelayOrReturn(job, ended.Item, item, job.RetryDelayOf(ended.Item), now);
            turn.AddItemEvent(job, instance.Sub, ended.Item, Caller.Farm, $"work state: pending subjob: {instance.Id} ({host}): {item.Reason}; retry {item.Retries} of {retries}", now);
            if (job.Flags.HasFlag(JobFlags.MigrateOnFrameRetry))
            {
                MoveAway(instance, $"an item is retried on another host: {item.Reason}", now);
            }

            Wrangle(instance, isFailure: true, now);
            return;
        }

        SetItem(job, ended.Item, item with { State = ItemState.Failed });
        turn.AddItemEvent(job, instance.Sub, ended.Item, Caller.Farm, $"work state: failed subjob: {instance.Id} ({host}): {item.Reason}", now);
        Wrangle(instance, isFailure: true, now);
    }

    private void DelayOrReturn(Job job, int index, Item item, int seconds, Now now)
    {
        if (seconds > 0)
        {
            // Blocked until its time; a restart of the supervisor gives it back at once.
            job.Delayed.Add((now.Monotonic + (seconds * 1000L), index));
            job.Items!.Set(index, item with { State = ItemState.Blocked });
            turn.AddItem(job, index);
            return;
        }

        SetItem(job, index, item);
    }

    private static string ReasonOf(ItemEndedFact ended) => ended.Verdict.Kind == VerdictKind.Failed ? ended.Verdict.Text : ended.End switch
    {
        ItemEnd.Exited => $"exit code {ended.ExitCode}",
        ItemEnd.Signaled => $"ended by signal {ended.Signal}",
        ItemEnd.TimedOut => ended.Text.Length > 0 ? ended.Text : "took longer than its time limit",
        ItemEnd.NotStarted or ItemEnd.Stopped or ItemEnd.Lost => ended.Text,
    };

    private static void LearnDuration(Job job, Item item)
    {
        if (item.StartedMs > 0 && item.EndedMs >= item.StartedMs)
        {
            double took = Math.Max(1, item.EndedMs - item.StartedMs);
            job.MeanItemMs = job.MeanItemMs == 0 ? took : (job.MeanItemMs * 0.9) + (took * 0.1);
        }
    }

    private void Released(Instance instance, ReleasedFact released)
    {
        var at = FindLease(instance, released.Item, released.Attempt);
        if (at >= 0)
        {
            ReturnLease(instance, at);
        }
    }

    private static int FindLease(Instance instance, int item, int attempt)
    {
        var leases = instance.Leases;
        for (var at = 0; at < leases.Count; at++)
        {
            if (leases[at].Item == item && leases[at].Attempt == attempt)
            {
                return at;
            }
        }

        return -1;
    }

    private static void DropLease(Instance instance, int at)
    {
        if (instance.CurrentItem == instance.Leases[at].Item)
        {
            instance.CurrentItem = -1;
            instance.CurrentStartedMs = 0;
            instance.IsItemTimedOut = false;
            ForgetProgress(instance);
        }

        instance.Leases.RemoveAt(at);
    }

    /// <summary>An item comes back unfinished: pending again, its attempt used up.</summary>
    private void ReturnLease(Instance instance, int at)
    {
        var lease = instance.Leases[at];
        DropLease(instance, at);
        var job = instance.Job;
        SetItem(job, lease.Item, job.Items![lease.Item] with { State = ItemState.Pending, Attempts = lease.Attempt });
        MarkDirty(instance);
        Unsettle(job);
    }

    private void SetItem(Job job, int index, Item item)
    {
        if (job.Listeners is not null)
        {
            ItemHappened(job, index, job.Items![index].State, item);
        }

        job.Items!.Set(index, item);
        turn.AddItem(job, index);
    }
}
