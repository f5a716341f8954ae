using Quern.Core.Jobs;

namespace Quern.Core.Farms;

/// <summary>What a job is, from its instances and items.</summary>
public sealed partial class Farm
{
    private static Status StatusOf(Job job)
    {
        var counts = job.Tally;
        if (counts[Status.Running] > 0)
        {
            return Status.Running;
        }

        if (counts[Status.Suspended] > 0)
        {
            return Status.Suspended;
        }

        var isActive = job.Items is { } items ? items.Active > 0 && Active(counts) + counts[Status.Complete] > 0 : Active(counts) > 0;
        if (isActive)
        {
            return IsHeldUp(job, counts) ? Status.Blocked : counts[Status.Pending] == 0 && counts[Status.BadLogin] > 0 ? Status.BadLogin : Status.Pending;
        }

        var failed = counts[Status.Failed] + (job.Items?.CountOf(ItemState.Failed) ?? 0);
        var killed = counts[Status.Killed] + (job.Items?.CountOf(ItemState.Killed) ?? 0);
        return failed > 0 ? Status.Failed : killed > 0 ? Status.Killed : Status.Complete;
    }

    /// <summary>Nothing of the job may start though something is left to do.</summary>
    private static bool IsHeldUp(Job job, InstanceTally counts)
        => job.Hold != Hold.None || (counts[Status.Blocked] > 0 && counts[Status.Pending] + counts[Status.BadLogin] == 0)
        || (job.Items is { Pending: 0 } items && items.CountOf(ItemState.Blocked) > job.Delayed.Count);

    private static int Active(InstanceTally counts) => counts[Status.Pending] + counts[Status.BadLogin] + counts[Status.Blocked] + counts[Status.Running];
}
