using Quern.Core.Jobs;

namespace Quern.Core.Farms;

/// <summary>
/// Suspend and resume: what an instance runs stands still on its host and keeps its slots, memory and item; items it had not started go to others.
/// A job that is suspended as a whole starts nothing more until it is resumed.
/// </summary>
public sealed partial class Farm
{
    private void Suspend(Instance instance, string reason, Now now)
    {
        instance.StoodStillMs = now.Monotonic;
        RecallUnstarted(instance);
        SetStatus(instance, Status.Suspended, reason);
        Send(instance.Worker!, new SuspendOrder(instance.RunId));
    }

    private void Resume(Instance instance, Now now)
    {
        GoOnWithTime(instance, now);
        SetStatus(instance, Status.Running, "");
        Send(instance.Worker!, new ResumeOrder(instance.RunId));
    }

    /// <summary>A suspended instance that has nothing left to go on with need not be waited for.</summary>
    private void ResumeIdle(Job job, Now now)
    {
        foreach (var instance in job.Instances)
        {
            if (instance.Status == Status.Suspended && instance.Leases.Count == 0)
            {
                Resume(instance, now);
            }
        }
    }
}
