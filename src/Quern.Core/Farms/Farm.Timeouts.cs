using Quern.Core.Jobs;
using Quern.Core.Triggers;

namespace Quern.Core.Farms;

/// <summary>
/// Instances and items that run longer than their job's timeout raise the event <c>timeout</c>, once a run and once an attempt; what is to follow is for callbacks. Those that
/// their time limit ends raise it too. Time in which an instance stands still does not count. Source: reference, qube-jobs 5.
/// </summary>
public sealed partial class Farm
{
    /// <summary>The instance's processes are there: its time begins.</summary>
    private void BeginTime(Instance instance, Now now)
    {
        instance.SinceMs = now.Monotonic;
        instance.IsTimedOut = false;
        SetTimeoutAlarm(instance.Job, instance.Job.Spec.TimeoutSeconds, now.Monotonic);
    }

    private void BeginItemTime(Instance instance, Now now)
    {
        instance.ItemSinceMs = now.Monotonic;
        instance.IsItemTimedOut = false;
        SetTimeoutAlarm(instance.Job, instance.Job.Spec.ItemTimeoutSeconds, now.Monotonic);
    }

    /// <summary>As the rows have it: times of the clock on the wall become times of this run of the supervisor.</summary>
    private void LoadTime(Instance instance, Now now)
    {
        instance.SinceMs = now.Monotonic - Math.Max(0, now.Unix - instance.StartedMs);
        instance.ItemSinceMs = now.Monotonic - Math.Max(0, now.Unix - instance.CurrentStartedMs);
        instance.StoodStillMs = instance.Status == Status.Suspended ? now.Monotonic : 0;
        WatchTimeouts(instance.Job, now);
    }

    /// <summary>It stood still and goes on: what was left of its time is left.</summary>
    private void GoOnWithTime(Instance instance, Now now)
    {
        var stood = instance.StoodStillMs > 0 ? now.Monotonic - instance.StoodStillMs : 0;
        instance.SinceMs += stood;
        instance.ItemSinceMs += stood;
        instance.StoodStillMs = 0;
        WatchTimeouts(instance.Job, now);
    }

    /// <summary>Its timeouts are looked at in this turn or the next, as when they were modified.</summary>
    private void WatchTimeouts(Job job, Now now)
    {
        if (job.Spec.TimeoutSeconds > 0 || job.Spec.ItemTimeoutSeconds > 0)
        {
            SetTimeoutAlarm(job, now.Monotonic);
        }
    }

    private void SetTimeoutAlarm(Job job, int seconds, long sinceMs)
    {
        if (seconds > 0)
        {
            SetTimeoutAlarm(job, sinceMs + (seconds * 1000L));
        }
    }

    private void SetTimeoutAlarm(Job job, long dueMs)
    {
        if (dueMs < (job.TimeoutAlarmMs ?? long.MaxValue))
        {
            job.TimeoutAlarmMs = dueMs;
            alarms.Enqueue((AlarmKind.Timeout, job.Id.Value), dueMs);
        }
    }

    /// <summary>Some of the job may have run long enough; what has not is looked at again in time.</summary>
    private void RunTimeouts(Job job, long due, Now now)
    {
        job.TimeoutAlarmMs = job.TimeoutAlarmMs == due ? null : job.TimeoutAlarmMs;
        var (whole, single) = (job.Spec.TimeoutSeconds, job.Spec.ItemTimeoutSeconds);
        foreach (var instance in job.Instances)
        {
            if (instance.Status != Status.Running || instance.Phase is not (RunPhase.Live or RunPhase.Finishing))
            {
                continue;
            }

            if (whole > 0 && !instance.IsTimedOut)
            {
                instance.IsTimedOut = IsOver(job, instance.SinceMs, whole, now);
                if (instance.IsTimedOut)
                {
                    InstanceTimedOut(instance, now);
                }
            }

            if (single > 0 && instance.CurrentItem >= 0 && !instance.IsItemTimedOut)
            {
                instance.IsItemTimedOut = IsOver(job, instance.ItemSinceMs, single, now);
                if (instance.IsItemTimedOut)
                {
                    ItemTimedOut(instance, instance.CurrentItem, now);
                }
            }
        }
    }

    private bool IsOver(Job job, long sinceMs, int seconds, Now now)
    {
        if (sinceMs + (seconds * 1000L) <= now.Monotonic)
        {
            return true;
        }

        SetTimeoutAlarm(job, seconds, sinceMs);
        return false;
    }

    private void InstanceTimedOut(Instance instance, Now now)
    {
        MarkDirty(instance);
        Record(instance.Job, instance.Sub, "", Caller.Farm, $"subjob: {instance.Id} on: {instance.Worker!.Name}: runs longer than its timeout of {instance.Job.Spec.TimeoutSeconds} s", now);
        InstanceHappened(instance, EventNames.Timeout);
    }

    private void ItemTimedOut(Instance instance, int item, Now now)
    {
        MarkDirty(instance);
        turn.AddItemEvent(instance.Job, instance.Sub, item, Caller.Farm, $"work: runs longer than its timeout of {instance.Job.Spec.ItemTimeoutSeconds} s subjob: {instance.Id} ({instance.Worker!.Name})", now);
        ItemHappened(instance, item, EventNames.Timeout);
    }

    private void InstanceHappened(Instance instance, string name)
    {
        if (instance.Job.Listeners is { HearsInstances: true })
        {
            happenings.Enqueue(new Happening(name, EventType.Subjob, instance.Job, instance.Sub, -1, instance.Worker));
        }
    }

    private void ItemHappened(Instance instance, int item, string name)
    {
        if (instance.Job.Listeners is { HearsItems: true })
        {
            happenings.Enqueue(new Happening(name, EventType.Work, instance.Job, instance.Sub, item, instance.Worker));
        }
    }
}
