using Quern.Core.Actions;
using Quern.Core.Jobs;

namespace Quern.Core.Farms;

/// <summary>What is done to instances, and how their runs end by it.</summary>
public sealed partial class Farm
{
    private void ActOnInstances(FarmAction action, Target target, Job job, JobOutcome outcome, List<string> affected, Now now)
    {
        foreach (var instance in job.Instances)
        {
            var isNamed = target.Sub == instance.Sub;
            if ((isNamed || (target.Sub is null && !IsSurplus(action.Verb, instance))) && action.WantsInstance(instance.Status)
                && (!outcome.OnlyFailed || action.HasStatuses || instance.Status is Status.Failed or Status.Killed)
                && ActOn(action, instance, isNamed || action.NamesInstance(instance.Status), now))
            {
                affected.Add(instance.Id.ToString());
            }
        }
    }

    private bool ActOn(FarmAction action, Instance instance, bool isNamed, Now now)
    {
        var verb = action.Verb;
        if (TransitionTable.OfInstance(verb, instance.Status, action.LetsFinish, instance.Leaving) is not { } outcome || (outcome.NamedOnly && !isNamed))
        {
            return false;
        }

        var reason = $"{verb.Past()} by {action.Caller.User}";
        switch (verb)
        {
            case Verb.Retry or Verb.Requeue:
                instance.Retries = 0;
                instance.Losses = 0;
                instance.IsRetired = false;
                break;
            case Verb.Retire:
                instance.IsRetired = true;
                break;
            case Verb.Migrate when instance.IsPlaced:
                KeepAway(instance.Job, instance.Worker!, reason, now);
                break;
        }

        switch (outcome.Ending)
        {
            case Ending.AfterItem:
                return Leave(verb, instance, outcome.Next, reason);
            case Ending.StandStill:
                Suspend(instance, reason, now);
                return true;
            case Ending.GoOn:
                Resume(instance, now);
                return true;
            case Ending.AtOnce:
                StopRun(instance, reason, ItemState.Pending);
                break;
        }

        SetStatus(instance, outcome.Next, outcome.Next == Status.Pending && outcome.Ending == Ending.None ? "" : reason);
        return true;
    }

    /// <summary>The run ends after the item it runs. Without an agenda there is none to wait for.</summary>
    private bool Leave(Verb verb, Instance instance, Status next, string reason)
    {
        if (instance.Leaving == next)
        {
            return false;
        }

        if (!instance.Job.HasAgenda)
        {
            switch (verb)
            {
                case Verb.Preempt:
                    Print(instance, PreemptBanner);
                    StopRun(instance, reason, ItemState.Pending);
                    SetStatus(instance, next, reason);
                    return true;
                case Verb.Retire:
                    SetLeaving(instance, next, reason);
                    return true;
                default:
                    return false;
            }
        }

        SetLeaving(instance, next, reason);
        if (instance.Phase is RunPhase.Starting or RunPhase.Live)
        {
            RecallUnstarted(instance);
            if (verb == Verb.Preempt)
            {
                Print(instance, PreemptBanner);
            }

            FinishRun(instance);
        }

        return true;
    }

    private void SetLeaving(Instance instance, Status next, string reason)
    {
        instance.Leaving = next;
        instance.Reason = reason;
        MarkDirty(instance);
        Unsettle(instance.Job);
    }

    /// <summary>What the run holds and has not started goes back to the list; it may have started meanwhile, then it is finished.</summary>
    private void RecallUnstarted(Instance instance)
    {
        var unstarted = new List<ItemGrant>();
        for (var at = 0; at < instance.Leases.Count; at++)
        {
            var lease = instance.Leases[at];
            if (lease.Item != instance.CurrentItem && !lease.Recalled)
            {
                instance.Leases[at] = lease with { Recalled = true };
                unstarted.Add(new ItemGrant(lease.Item, lease.Attempt));
            }
        }

        if (unstarted.Count > 0)
        {
            Send(instance.Worker!, new RecallOrder(instance.RunId, unstarted));
            MarkDirty(instance);
        }
    }

    /// <summary>The job is not given to that host again for a while, even if the host connects anew.</summary>
    private void KeepAway(Job job, Workers.Worker worker, string reason, Now now)
    {
        Bar(job, worker, new HostRefusal(now.Monotonic + options.MigrateTimeoutMs, reason, false) { IsMigration = true });
        job.Bars[worker.Id] = now.Unix + options.MigrateTimeoutMs;
        MarkDirty(job);
        Unsettle(job);
    }

    /// <summary>What the run has started it finishes; then the instance goes on on another host.</summary>
    private void MoveAway(Instance instance, string reason, Now now)
    {
        KeepAway(instance.Job, instance.Worker!, reason, now);
        if (instance.Status == Status.Running && instance.Leaving is null && instance.Phase is RunPhase.Starting or RunPhase.Live)
        {
            SetLeaving(instance, Status.Pending, reason);
            RecallUnstarted(instance);
            FinishRun(instance);
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

        instance.Leaving = null;
        instance.Leases.Clear();
        instance.CurrentItem = -1;
        if (instance.IsPlaced && instance.Phase != RunPhase.Stopping)
        {
            instance.Phase = RunPhase.Stopping;
            Send(instance.Worker!, new KillOrder(instance.RunId, reason));
        }

        MarkDirty(instance);
    }
}
