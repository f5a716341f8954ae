using Quern.Core.Jobs;
using Quern.Core.Workers;

namespace Quern.Core.Farms;

/// <summary>
/// What happens by the clock alone. An alarm is set and never taken back: one that finds nothing to do costs a look, and what changes its mind sets another.
/// </summary>
public sealed partial class Farm
{
    /// <summary>Of a worker, of a job's delays and refusals, of a job that needs a whole lot of slots, of a job's timeouts.</summary>
    private enum AlarmKind { Worker, Job, Wide, Timeout }

    private readonly PriorityQueue<(AlarmKind Kind, long Id), long> alarms = new();

    private long? NextAlarm => alarms.TryPeek(out _, out var due) ? due : null;

    private void SetAlarm(Worker worker, long? dueMs)
    {
        if (dueMs is { } due)
        {
            alarms.Enqueue((AlarmKind.Worker, worker.Id.Value), due);
        }
    }

    /// <summary>For the earliest of the job's delays and refusals.</summary>
    private void SetAlarm(Job job)
    {
        var due = job.Delayed.Count > 0 ? job.Delayed.Min.DueMs : long.MaxValue;
        foreach (var refusal in job.Refusals.Values)
        {
            due = Math.Min(due, refusal.UntilMs);
        }

        if (due < (job.AlarmMs ?? long.MaxValue))
        {
            job.AlarmMs = due;
            alarms.Enqueue((AlarmKind.Job, job.Id.Value), due);
        }
    }

    /// <summary>Jobs that leave some host alone for a while; some may not do so any more.</summary>
    private readonly HashSet<JobId> barring = [];

    /// <summary>The job leaves a host alone until the refusal is over, or the host connects anew.</summary>
    private void Bar(Job job, Worker worker, HostRefusal refusal)
    {
        job.Refusals[worker.Id] = refusal;
        barring.Add(job.Id);
        SetAlarm(job);
    }

    /// <summary>The host may be tried again. May be called while the job's refusals are gone through.</summary>
    private void EndRefusal(Job job, WorkerId worker)
    {
        if (job.Refusals.Remove(worker))
        {
            index.Wake(job.Class);
            Unsettle(job);
        }
    }

    private void RunAlarms(Now now)
    {
        while (alarms.TryPeek(out var alarm, out var due) && due <= now.Monotonic)
        {
            alarms.Dequeue();
            if (alarm.Kind != AlarmKind.Worker)
            {
                if (FindJob(new JobId(alarm.Id)) is { } job)
                {
                    RunAlarm(alarm.Kind, job, due, now);
                }
            }
            else if (FindWorker(new WorkerId((int)alarm.Id)) is { } worker)
            {
                RunAlarm(worker, now);
            }
        }
    }

    private void RunAlarm(Worker worker, Now now)
    {
        if (worker.LostAtMs <= now.Monotonic)
        {
            CountLost(worker, now);
        }

        if (worker.LockDueMs <= now.Monotonic)
        {
            RefreshLock(worker, now);
        }
    }

    private void RunAlarm(AlarmKind kind, Job job, long due, Now now)
    {
        if (kind == AlarmKind.Wide)
        {
            WaitedForHost(job);
            return;
        }

        if (kind == AlarmKind.Timeout)
        {
            RunTimeouts(job, due, now);
            return;
        }

        job.AlarmMs = job.AlarmMs == due ? null : job.AlarmMs;
        while (job.Delayed.Count > 0 && job.Delayed.Min.DueMs <= now.Monotonic)
        {
            var (_, index) = job.Delayed.Min;
            job.Delayed.Remove(job.Delayed.Min);
            if (job.Items![index].State == ItemState.Blocked && job.Hold != Hold.User)
            {
                SetItem(job, index, job.Items[index] with { State = ItemState.Pending });
                Unsettle(job);
            }
        }

        foreach (var (worker, refusal) in job.Refusals)
        {
            if (refusal.UntilMs <= now.Monotonic)
            {
                EndRefusal(job, worker);
            }
        }

        SetAlarm(job);
    }
}
