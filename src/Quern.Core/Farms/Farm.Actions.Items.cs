using Quern.Core.Actions;
using Quern.Core.Jobs;

namespace Quern.Core.Farms;

/// <summary>What is done to agenda items.</summary>
public sealed partial class Farm
{
    private int ActOnAll(FarmAction action, Job job, ItemTable items, bool onlyFailed, Now now)
    {
        if (action.Verb is Verb.Retry or Verb.Requeue && !action.HasStatuses && items.Active == 0)
        {
            // Everything starts anew: one row instead of one an item.
            items.Reset(action.Verb == Verb.Retry ? ItemState.Pending : ItemState.Blocked);
            turn.Rows.ClearedItems.Add(job.Id.Value);
            return items.Count;
        }

        var count = 0;
        foreach (var (index, _) in items.Touched().ToList())
        {
            count += ActOnItem(action, job, items, index, isNamed: false, onlyFailed, now) ? 1 : 0;
        }

        var untouched = items.CountOf(items.Untouched) - CountTouched(items, items.Untouched);
        if (untouched > 0 && Applies(action, items.Untouched, isNamed: false, onlyFailed) is { } outcome && outcome.Next != items.Untouched)
        {
            items.SetUntouched(outcome.Next);
            UntouchedHappened(job);
            count += untouched;
        }

        return count;
    }

    private static int CountTouched(ItemTable items, ItemState state) => items.Touched().Count(entry => entry.Item.State == state);

    private static Status StatusOfItem(ItemState state) => state switch
    {
        ItemState.Untouched or ItemState.Pending or ItemState.Leased => Status.Pending,
        ItemState.Running => Status.Running,
        ItemState.Blocked => Status.Blocked,
        ItemState.Complete => Status.Complete,
        ItemState.Failed => Status.Failed,
        ItemState.Killed => Status.Killed,
    };

    /// <summary>The item state that shows as that status; untouched for one that items never have.</summary>
    private static ItemState StateOf(Status status) => status switch
    {
        Status.Pending => ItemState.Pending,
        Status.Running => ItemState.Running,
        Status.Blocked => ItemState.Blocked,
        Status.Complete => ItemState.Complete,
        Status.Failed => ItemState.Failed,
        Status.Killed => ItemState.Killed,
        _ => ItemState.Untouched,
    };

    private static ItemOutcome? Applies(FarmAction action, ItemState state, bool isNamed, bool onlyFailed)
    {
        var status = StatusOfItem(state);
        if (!action.WantsItem(status) || (onlyFailed && !action.HasStatuses && state is not (ItemState.Failed or ItemState.Killed)))
        {
            return null;
        }

        return TransitionTable.OfItem(action.Verb, state, action.LetsFinish) is { } outcome && (!outcome.NamedOnly || isNamed || action.NamesItem(status)) ? outcome : null;
    }

    private bool ActOnItem(FarmAction action, Job job, ItemTable items, int index, bool isNamed, bool onlyFailed, Now now)
    {
        var item = items[index];
        if (Applies(action, item.State, isNamed, onlyFailed) is not { } outcome)
        {
            return false;
        }

        if (outcome.ByInstance)
        {
            return ActOn(action, job.Instances[item.Sub], isNamed: true, now);
        }

        var reason = $"{action.Verb.Past()} by {action.Caller.User}";
        if (item.State is ItemState.Leased or ItemState.Running)
        {
            TakeFromRun(job, index, item, reason);
        }

        if (item.State == ItemState.Blocked && job.Delayed.Count > 0)
        {
            // What a person says holds at once and for good, also against a retry delay.
            job.Delayed.RemoveWhere(delayed => delayed.Item == index);
        }

        var isAnew = action.Verb is Verb.Retry or Verb.Requeue;
        SetItem(job, index, item with
        {
            State = outcome.Next, Retries = isAnew ? 0 : item.Retries, Reason = isAnew ? null : outcome.Next is ItemState.Failed or ItemState.Killed ? reason : item.Reason,
        });
        return true;
    }

    /// <summary>The job is retired as a whole: what comes back unfinished is not begun again.</summary>
    private void CompleteRest(Job job, ItemTable items)
    {
        while (items.NextPending() is >= 0 and var next)
        {
            SetItem(job, next, items[next] with { State = ItemState.Complete });
        }
    }

    /// <summary>Items wait again in a job of which no instance is left: they get their instances back.</summary>
    private void BringBack(Verb verb, Job job, ItemTable items)
    {
        if (verb is not (Verb.Retry or Verb.Requeue or Verb.Unblock) || items.Active == 0 || !Array.TrueForAll(job.Instances, instance => instance.Status.IsDone()))
        {
            return;
        }

        foreach (var instance in job.Instances.Take(job.Spec.Cpus))
        {
            instance.IsRetired = false;
            SetStatus(instance, job.Hold == Hold.None ? Status.Pending : Status.Blocked, "");
        }
    }

    private void TakeFromRun(Job job, int index, Item item, string reason)
    {
        var instance = job.Instances[item.Sub];
        var at = FindLease(instance, index, item.Attempts);
        if (at < 0)
        {
            return;
        }

        var grant = new ItemGrant(index, item.Attempts);
        DropLease(instance, at);
        MarkDirty(instance);
        Send(instance.Worker!, item.State == ItemState.Running ? new KillItemOrder(instance.RunId, grant, reason) : new RecallOrder(instance.RunId, [grant]));
        if (item.State == ItemState.Leased)
        {
            // It may have started meanwhile.
            Send(instance.Worker!, new KillItemOrder(instance.RunId, grant, reason));
        }
    }

    private static List<int>? ItemsOf(Job job, string text)
    {
        if (job.Agenda is null)
        {
            return null;
        }

        if (job.Agenda.TryIndexOf(text, out var one))
        {
            return [one];
        }

        var named = Agendas.Agenda.Parse(text, Agendas.AgendaSplit.Frames, 1, Agendas.AgendaOrder.Ascend, job.Agenda.Count).Agenda;
        if (named is null)
        {
            return null;
        }

        var found = new List<int>();
        for (var at = 0; at < named.Count; at++)
        {
            if (job.Agenda.TryIndexOf(named[at].Name, out var index))
            {
                found.Add(index);
            }
        }

        return found.Count == 0 ? null : found;
    }
}
