using Quern.Core.Jobs;

namespace Quern.Core.Farms;

/// <summary>What a job is, from its instances and items.</summary>
public sealed partial class Farm
{
    private static Status StatusOf(Job job)
    {
        var counts = new InstanceCounts(job);
        if (counts.Running > 0)
        {
            return Status.Running;
        }

        if (counts.Suspended > 0)
        {
            return Status.Suspended;
        }

        var isActive = job.Items is { } items ? items.Active > 0 && counts.Active + counts.Complete > 0 : counts.Active > 0;
        if (isActive)
        {
            return IsHeldUp(job, counts) ? Status.Blocked : counts.Pending == 0 && counts.BadLogin > 0 ? Status.BadLogin : Status.Pending;
        }

        var failed = counts.Failed + (job.Items?.CountOf(ItemState.Failed) ?? 0);
        var killed = counts.Killed + (job.Items?.CountOf(ItemState.Killed) ?? 0);
        return failed > 0 ? Status.Failed : killed > 0 ? Status.Killed : Status.Complete;
    }

    /// <summary>Nothing of the job may start though something is left to do.</summary>
    private static bool IsHeldUp(Job job, InstanceCounts counts)
        => job.Hold != Hold.None || (counts.Blocked > 0 && counts.Pending + counts.BadLogin == 0)
        || (job.Items is { Pending: 0 } items && items.CountOf(ItemState.Blocked) > job.Delayed.Count);

    private readonly struct InstanceCounts
    {
        public InstanceCounts(Job job)
        {
            foreach (var instance in job.Instances)
            {
                Running += instance.Status == Status.Running ? 1 : 0;
                Suspended += instance.Status == Status.Suspended ? 1 : 0;
                Pending += instance.Status == Status.Pending ? 1 : 0;
                BadLogin += instance.Status == Status.BadLogin ? 1 : 0;
                Blocked += instance.Status == Status.Blocked ? 1 : 0;
                Failed += instance.Status == Status.Failed ? 1 : 0;
                Killed += instance.Status == Status.Killed ? 1 : 0;
                Complete += instance.Status == Status.Complete ? 1 : 0;
            }
        }

        public int Running { get; }
        public int Suspended { get; }
        public int Pending { get; }
        public int BadLogin { get; }
        public int Blocked { get; }
        public int Failed { get; }
        public int Killed { get; }
        public int Complete { get; }
        public int Active => Pending + BadLogin + Blocked + Running;
    }
}
