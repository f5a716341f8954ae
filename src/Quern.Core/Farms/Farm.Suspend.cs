using Quern.Core.Jobs;

namespace Quern.Core.Farms;

/// <summary>
/// Suspend and resume: what an instance runs stands still on its host and keeps its slots, memory and item; items it had not started go to others.
/// A job that is suspended as a whole starts nothing more until it is resumed.
/// </summary>
public sealed partial class Farm
{
    private bool Suspend(Instance instance, string by)
    {
        if (instance.Status != Status.Running || instance.Phase is not (RunPhase.Starting or RunPhase.Live or RunPhase.Finishing))
        {
            return false;
        }

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
        }

        SetStatus(instance, Status.Suspended, $"suspended by {by}");
        Send(instance.Worker!, new SuspendOrder(instance.RunId));
        return true;
    }

    private bool Resume(Instance instance)
    {
        if (instance.Status != Status.Suspended)
        {
            return false;
        }

        SetStatus(instance, Status.Running, "");
        Send(instance.Worker!, new ResumeOrder(instance.RunId));
        return true;
    }

    /// <summary>A suspended instance that has nothing left to go on with need not be waited for.</summary>
    private void ResumeIdle(Job job)
    {
        foreach (var instance in job.Instances)
        {
            if (instance.Status == Status.Suspended && instance.Leases.Count == 0)
            {
                Resume(instance);
            }
        }
    }
}
