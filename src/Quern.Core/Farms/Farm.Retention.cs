using Quern.Core.Jobs;

namespace Quern.Core.Farms;

/// <summary>What is over goes after a while. Which and when says <see cref="Retention.RetentionPlan"/>; each call here is a small part of a sweep.</summary>
public sealed partial class Farm
{
    /// <summary>Submissions by age; those that went are not in <see cref="requests"/> any more.</summary>
    private readonly Queue<RequestRow> requestsByAge = new();

    /// <summary>The job is over, nothing of it is left on a host, and no job that is not over depends on it.</summary>
    public static bool MayForget(Job job)
        => IsAtRest(job) && job.EndedMs > 0
        && !(job.Listeners?.Dependents.Any(dependent => !dependent.Status.IsDone()) ?? false);

    /// <summary>It is over, and nothing of it is left on a host.</summary>
    private static bool IsAtRest(Job job) => job.Status.IsDone() && Array.TrueForAll(job.Instances, instance => instance.Phase == RunPhase.Idle);

    /// <summary>Removes a job that <see cref="MayForget"/> lets go; its output follows.</summary>
    /// <returns>False when it is not there or has to stay.</returns>
    public bool ExpireJob(JobId id, string reason, Now now)
    {
        if (FindJob(id) is not { } job || !MayForget(job))
        {
            return false;
        }

        Remove(job, now);
        Record(job, -1, "", Caller.Farm, $"removed: {reason}", now);
        return true;
    }

    /// <summary>The job stays, what it printed goes.</summary>
    /// <returns>False when it is not there, not over, or its output went before.</returns>
    public bool ExpireOutput(JobId id, string reason, Now now)
    {
        if (FindJob(id) is not { } job || !IsAtRest(job) || job.OutputGoneMs > job.EndedMs)
        {
            return false;
        }

        job.OutputGoneMs = now.Unix;
        MarkDirty(job);
        turn.ForgottenOutput.Add(id);
        Record(job, -1, "", Caller.Farm, $"output removed: {reason}", now);
        return true;
    }

    /// <summary>History up to this number is kept no more.</summary>
    public void ExpireEvents(long through) => turn.Rows.EventsThrough = Math.Max(turn.Rows.EventsThrough, through);

    /// <summary>Forgets ids of submissions from before a moment.</summary>
    /// <param name="most">In this call.</param>
    /// <returns>How many.</returns>
    public int ExpireRequests(long beforeMs, int most)
    {
        var count = 0;
        for (; count < most && requestsByAge.TryPeek(out var oldest) && oldest.UnixMs < beforeMs; count++)
        {
            requestsByAge.Dequeue();
            requests.Remove(oldest.RequestId);
            turn.Rows.ExpiredRequests.Add(oldest.RequestId);
        }

        return count;
    }

    /// <summary>How many <see cref="ExpireRequests"/> would forget.</summary>
    public int CountRequests(long beforeMs) => requestsByAge.TakeWhile(row => row.UnixMs < beforeMs).Count();

    private void KeepRequest(RequestRow row)
    {
        requests[row.RequestId] = row;
        requestsByAge.Enqueue(row);
    }
}
