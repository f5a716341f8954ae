using System.Globalization;
using Quern.Core.Jobs;
using Quern.Core.Triggers;
using Quern.Core.Workers;

namespace Quern.Core.Farms;

/// <summary>Hosts as people and the hosts themselves see them: locks, troubles, signs of life.</summary>
public sealed partial class Farm
{
    private const int MinutesOfWeek = 7 * 24 * 60;

    /// <summary>A sign of life, with how the host is. Troubles that come or go are events, and the host gets nothing while it has one.</summary>
    public void Heartbeat(WorkerId id, WorkerVitals vitals, Now now)
    {
        if (FindWorker(id) is not { } worker)
        {
            return;
        }

        var before = worker.Vitals;
        Observe(worker, vitals, now);
        if (before.IdleMinutes != vitals.IdleMinutes || before.UtcOffsetMinutes != vitals.UtcOffsetMinutes)
        {
            RefreshLock(worker, now);
        }
    }

    private void Observe(Worker worker, WorkerVitals vitals, Now now)
    {
        worker.LastContactMs = now.Unix;
        var before = worker.Vitals;
        var asked = index.AskedOfVitals(worker);
        worker.Vitals = vitals;
        if (!asked.SequenceEqual(index.AskedOfVitals(worker)))
        {
            index.Move(worker);
        }

        if (!before.Troubles.SequenceEqual(vitals.Troubles))
        {
            HostHappened(worker, vitals.Troubles.Count == 0 ? EventNames.Active : EventNames.Panic);
            RecordHost(worker, Caller.Farm, vitals.Troubles.Count == 0 ? "is well again" : $"panic: {string.Join("; ", vitals.Troubles)}", now);
            foreach (var instance in worker.Instances)
            {
                // One that ran dry while the host was in panic may go on.
                Stir(instance);
                Unsettle(instance.Job);
            }

            index.Move(worker);
            if (worker.IsInPanic)
            {
                ReleaseHost(worker);
            }
        }
    }

    /// <summary>
    /// Sets the lock of a host. With <paramref name="isPurge"/>, or when the lock itself says aggressive, what runs on locked slots is ended and waits for
    /// another host, at no cost of a retry; else it runs to its end.
    /// </summary>
    public void SetLock(WorkerId id, HostLock hostLock, bool isPurge, Caller caller, Now now)
    {
        if (FindWorker(id) is not { } worker)
        {
            return;
        }

        if (worker.Lock != hostLock)
        {
            worker.Lock = hostLock;
            PutSetting(LockKey(worker), hostLock.IsNone ? null : hostLock.ToString());
            HostHappened(worker, hostLock.IsNone ? EventNames.Unlocked : EventNames.Locked);
            RecordHost(worker, caller, hostLock.IsNone ? "unlocked" : $"locked: {hostLock}", now);
        }

        RefreshLock(worker, now);
        if (isPurge || hostLock.IsAggressive)
        {
            Purge(worker, $"host {worker.Name} was locked by {caller.User}", now);
        }
    }

    private static string LockKey(Worker worker) => "lock." + worker.Id.Value.ToString(CultureInfo.InvariantCulture);

    private static HostMoment MomentOf(Worker worker, Now now)
    {
        // 1970-01-01 was a Thursday.
        const int thursday = 4 * 24 * 60;
        var minutes = (now.Unix / 60_000) + worker.Vitals.UtcOffsetMinutes + thursday;
        return new HostMoment((int)(((minutes % MinutesOfWeek) + MinutesOfWeek) % MinutesOfWeek), worker.Vitals.IdleMinutes);
    }

    /// <summary>
    /// Counts the locked slots anew. A lock may hang on the host's own time and on whether somebody works there, which only a connected host has said: what
    /// runs on one that is away is left alone until it is back.
    /// </summary>
    private void RefreshLock(Worker worker, Now now)
    {
        var moment = MomentOf(worker, now);
        var before = worker.SlotsLocked;
        worker.SlotsLocked = worker.Lock.Locked(worker.Facts.Slots, moment);
        worker.LockDueMs = worker.Lock.NextChange(moment.MinuteOfWeek) is { } minutes ? now.Monotonic + (minutes * 60_000L) - (now.Unix % 60_000) : null;
        SetAlarm(worker, worker.LockDueMs);
        if (worker.SlotsLocked != before)
        {
            index.Move(worker);
        }

        if (worker.SlotsLocked >= before && worker.SlotsLocked > 0 && worker.IsConnected)
        {
            if (worker.Lock.IsAggressive)
            {
                Purge(worker, $"host {worker.Name} is locked now", now);
            }

            FinishCurrent(worker);
        }
    }

    /// <summary>Runs on locked slots, and those of a host that takes no more, end after the item they run: what they hold and have not started goes back.</summary>
    private void FinishCurrent(Worker worker)
    {
        foreach (var instance in worker.Instances.Where(instance => (worker.Facts.IsDraining && instance.TakesItems) || MustLeave(instance)).ToList())
        {
            LeaveAfterItem(instance);
        }
    }

    /// <summary>The instance makes room for a job, or is one of the latest on a host where more slots are used than are open.</summary>
    private static bool MustLeave(Instance instance)
    {
        var worker = instance.Worker!;
        if (instance.MakesRoomFor is not null)
        {
            return true;
        }

        var excess = worker.SlotsUsed - (worker.Facts.Slots - worker.SlotsLocked);
        if (excess <= 0 || worker.SlotsLocked == 0 || !instance.IsPlaced)
        {
            return false;
        }

        foreach (var other in LatestFirst(worker))
        {
            if (other == instance)
            {
                return true;
            }

            excess -= other.Slots;
            if (excess <= 0)
            {
                return false;
            }
        }

        return false;
    }

    private static IEnumerable<Instance> LatestFirst(Worker worker) =>
        worker.Instances.Where(instance => instance.IsPlaced).OrderByDescending(instance => instance.StartedMs).ThenByDescending(instance => instance.Job.Id.Value).ThenByDescending(instance => instance.Sub);

    /// <summary>Ends runs, the latest first, until what is used fits the slots that are not locked.</summary>
    private void Purge(Worker worker, string reason, Now now)
    {
        foreach (var instance in LatestFirst(worker).Where(instance => instance.Status == Status.Running).ToList())
        {
            if (worker.SlotsUsed - Stopping(worker) <= worker.Facts.Slots - worker.SlotsLocked)
            {
                return;
            }

            StopRun(instance, reason, ItemState.Pending);
            SetStatus(instance, Status.Pending, reason);
            Record(instance.Job, instance.Sub, "", Caller.Farm, $"subjob state: pending on: {worker.Name}: {reason}", now);
        }
    }

    private static int Stopping(Worker worker) => worker.Instances.Where(instance => instance.Phase == RunPhase.Stopping).Sum(instance => instance.Slots);

    private void RecordHost(Worker worker, Caller caller, string what, Now now)
        => Note(EventComponent.Admin, caller, $"host {worker.Name}: {what}", now);
}
