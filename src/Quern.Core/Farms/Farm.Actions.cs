using Quern.Core.Jobs;
using Quern.Core.Permissions;

namespace Quern.Core.Farms;

/// <summary>What people do to jobs, instances and items. Each verb is one function per kind; what it does not apply to stays as it is.</summary>
public sealed partial class Farm
{
    /// <summary>Does <see cref="FarmAction.Verb"/> to each target the caller may act on. A target is refused alone, with a sentence.</summary>
    public ActionResult Act(FarmAction action, Now now)
    {
        var affected = new List<string>();
        var refused = new List<string>();
        foreach (var target in action.Targets)
        {
            var refusal = Check(action, target, out var job);
            if (refusal is not null)
            {
                refused.Add(refusal);
                continue;
            }

            Act(action, target, job!, now, affected, refused);
        }

        return new ActionResult(affected, refused);
    }

    private string? Check(FarmAction action, Target target, out Job? job)
    {
        job = FindJob(target.Job);
        var verb = action.Verb.ToString().ToLowerInvariant();
        if (job is null)
        {
            return $"{verb} {target}: there is no job {target.Job}; list the jobs there are with qbjobs --user all";
        }

        if (MayDo(action.Caller, VerbPermissions.Of(action.Verb), job) is { } missing)
        {
            return $"{verb} {target}: {missing}";
        }

        if (target.Sub is { } sub && (sub < 0 || sub >= job.Instances.Length))
        {
            return $"{verb} {target}: job {target.Job} has instances 0 to {job.Instances.Length - 1}";
        }

        if (action.Verb == Verb.Remove && (target.Sub is not null || target.Items is not null))
        {
            return $"remove {target}: only whole jobs can be removed; kill or block instances and items instead";
        }

        return null;
    }

    private void Act(FarmAction action, Target target, Job job, Now now, List<string> affected, List<string> refused)
    {
        if (action.Verb == Verb.Remove)
        {
            Remove(action, job, now, affected, refused);
            return;
        }

        List<int>? items = null;
        if (target.Items is not null && (items = ItemsOf(job, target.Items)) is null)
        {
            refused.Add($"{action.Verb.ToString().ToLowerInvariant()} {target}: job {job.Id} has no item '{target.Items}'; list them with qbjobs --long {job.Id}");
            return;
        }

        var isWhole = target.Sub is null && target.Items is null;
        var before = affected.Count;
        var hold = job.Hold;
        if (isWhole)
        {
            HoldOrRelease(action, job);
        }

        if (target.Items is null && !action.ItemsOnly)
        {
            foreach (var instance in job.Instances)
            {
                if ((target.Sub is null || target.Sub == instance.Sub) && ActOn(action, instance))
                {
                    affected.Add(instance.Id.ToString());
                }
            }
        }

        if (job.Items is not null && (items is not null || (isWhole && !action.InstancesOnly)))
        {
            var count = items is null ? ActOnAll(action, job, job.Items) : items.Count(index => ActOnItem(action, job, job.Items, index));
            if (count > 0 && items is not null)
            {
                affected.Add(target.ToString());
            }
            else if (count > 0 && affected.Count == before)
            {
                affected.Add(job.Id.ToString());
            }
        }

        if (affected.Count == before && job.Hold != hold)
        {
            affected.Add(job.Id.ToString());
        }

        if (affected.Count == before)
        {
            return;
        }

        Record(job, target.Sub ?? -1, target.Items ?? "", action.Caller, $"{Past(action.Verb)}", now);
        MarkDirty(job);
        Unsettle(job);
    }

    private static string Past(Verb verb) => verb switch
    {
        Verb.Kill => "killed",
        Verb.Retry => "retried",
        Verb.Block => "blocked",
        Verb.Unblock => "unblocked",
        Verb.Suspend => "suspended",
        Verb.Resume => "resumed",
        Verb.Remove => "removed",
    };

    private static void HoldOrRelease(FarmAction action, Job job)
    {
        if (action.Statuses.Count > 0 || action.ItemsOnly)
        {
            return;
        }

        if (action.Verb == Verb.Block && !job.Status.IsDone())
        {
            job.Hold = Hold.User;
        }
        else if (action.Verb == Verb.Suspend && job.Status == Status.Running && job.Hold == Hold.None)
        {
            job.Hold = Hold.Suspended;
        }
        else if (action.Verb is Verb.Unblock or Verb.Retry || (action.Verb == Verb.Resume && job.Hold == Hold.Suspended))
        {
            job.Hold = Hold.None;
        }
    }

    private static bool Wanted(FarmAction action, Status status) => action.Statuses.Count == 0 || action.Statuses.Contains(status);

    private bool ActOn(FarmAction action, Instance instance)
    {
        var status = instance.Status;
        if (!Wanted(action, status))
        {
            return false;
        }

        switch (action.Verb)
        {
            case Verb.Kill when !status.IsDone():
                StopRun(instance, $"killed by {action.Caller.User}", ItemState.Pending);
                SetStatus(instance, Status.Killed, $"killed by {action.Caller.User}");
                return true;
            case Verb.Block when status is Status.Pending or Status.BadLogin or Status.Running or Status.Suspended:
                StopRun(instance, $"blocked by {action.Caller.User}", ItemState.Pending);
                SetStatus(instance, Status.Blocked, $"blocked by {action.Caller.User}");
                return true;
            case Verb.Unblock when status == Status.Blocked:
                SetStatus(instance, Status.Pending, "");
                return true;
            case Verb.Suspend:
                return Suspend(instance, action.Caller.User);
            case Verb.Resume:
                return Resume(instance);
            case Verb.Retry when status.IsDone():
                instance.Retries = 0;
                instance.Losses = 0;
                SetStatus(instance, Status.Pending, "");
                return true;
            default:
                return false;
        }
    }

    /// <summary>Ends the run of an instance if it has one; the items it holds go to <paramref name="left"/>, and nothing it says of them counts.</summary>
    private void StopRun(Instance instance, string reason, ItemState left)
    {
        var job = instance.Job;
        if (instance.Phase != RunPhase.Lost)
        {
            foreach (var lease in instance.Leases)
            {
                SetItem(job, lease.Item, job.Items![lease.Item] with { State = left, Attempts = lease.Attempt });
            }
        }

        instance.Leases.Clear();
        instance.CurrentItem = -1;
        if (instance.IsPlaced && instance.Phase != RunPhase.Stopping)
        {
            instance.Phase = RunPhase.Stopping;
            Send(instance.Worker!, new KillOrder(instance.RunId, reason));
        }

        MarkDirty(instance);
    }

    private int ActOnAll(FarmAction action, Job job, ItemTable items)
    {
        var count = 0;
        if (action.Verb == Verb.Retry && action.Statuses.Count == 0 && items.Active == 0)
        {
            // Everything starts anew: one row instead of one an item.
            items.Reset(ItemState.Pending);
            turn.Rows.ClearedItems.Add(job.Id.Value);
            return items.Count;
        }

        foreach (var (index, _) in items.Touched().ToList())
        {
            count += ActOnItem(action, job, items, index) ? 1 : 0;
        }

        var untouched = items.CountOf(items.Untouched) - CountTouched(items, items.Untouched);
        if (untouched > 0 && Wanted(action, StatusOfItem(items.Untouched)) && NextState(action.Verb, items.Untouched) is { } next)
        {
            items.SetUntouched(next);
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

    /// <summary>The transition table of items: null where the verb does not apply.</summary>
    private static ItemState? NextState(Verb verb, ItemState state) => (verb, state) switch
    {
        (Verb.Kill, ItemState.Pending or ItemState.Leased or ItemState.Running or ItemState.Blocked) => ItemState.Killed,
        (Verb.Block, ItemState.Pending or ItemState.Leased or ItemState.Running) => ItemState.Blocked,
        (Verb.Unblock, ItemState.Blocked) => ItemState.Pending,
        (Verb.Retry, ItemState.Complete or ItemState.Failed or ItemState.Killed) => ItemState.Pending,
        _ => null,
    };

    private bool ActOnItem(FarmAction action, Job job, ItemTable items, int index)
    {
        var item = items[index];
        if (!Wanted(action, StatusOfItem(item.State)) || NextState(action.Verb, item.State) is not { } next)
        {
            return false;
        }

        if (item.State is ItemState.Leased or ItemState.Running)
        {
            TakeFromRun(job, index, item, $"{Past(action.Verb)} by {action.Caller.User}");
        }

        if (action.Verb == Verb.Retry)
        {
            item.Retries = 0;
        }

        if (item.State == ItemState.Blocked && job.Delayed.Count > 0)
        {
            // What a person says holds at once and for good, also against a retry delay.
            job.Delayed.RemoveWhere(delayed => delayed.Item == index);
        }

        SetItem(job, index, item with { State = next, Reason = action.Verb == Verb.Retry ? null : item.Reason });
        return true;
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

    private void Remove(FarmAction action, Job job, Now now, List<string> affected, List<string> refused)
    {
        if (!job.Status.IsDone() && !IsAdministrator(action.Caller))
        {
            refused.Add($"remove {job.Id}: it is {job.Status.Word()}; kill it first, or ask an administrator");
            return;
        }

        if (!Wanted(action, job.Status))
        {
            return;
        }

        foreach (var instance in job.Instances)
        {
            if (instance.Phase != RunPhase.Idle)
            {
                Send(instance.Worker!, new ForgetOrder(instance.RunId));
                Unplace(instance);
                instance.Worker!.Instances.Remove(instance);
                instance.Phase = RunPhase.Idle;
                instance.Leases.Clear();
            }
        }

        job.IsRemoved = true;
        jobs.Remove(job.Id.Value);
        ready.Remove((job.Spec.Priority, job.Id.Value));
        Unwatch(job);
        turn.Removed.Add(job.Id);
        if (watchers.TryGetValue(job.Id, out var waiting))
        {
            waiting.ForEach(Unsettle);
        }

        Record(job, -1, "", action.Caller, "removed", now);
        affected.Add(job.Id.ToString());
    }
}
