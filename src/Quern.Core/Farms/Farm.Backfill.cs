using Quern.Core.Dispatch;
using Quern.Core.Expressions;
using Quern.Core.Jobs;
using Quern.Core.Workers;

namespace Quern.Core.Farms;

/// <summary>
/// A wide job in a stream of narrow ones would never find so many slots free at once. After <see cref="FarmOptions.WidePatienceMs"/> a host is kept for it: the one where
/// enough slots come free first. What stands behind it in line leaves there after its current item, what stands before it goes on. Until the host is free, short items fill
/// the time, as long as by their measured duration they end before the last run that is waited for. So the job starts after the patience and the longest item of that host.
/// </summary>
public sealed partial class Farm
{
    /// <summary>Hosts looked at for one job.</summary>
    private const int MostHostsSeen = 64;

    /// <summary>Jobs that hosts are looked through for one after the other, before a pause.</summary>
    private const int MostSearchesAtOnce = 4;

    private const long SearchPauseMs = 50;

    /// <summary>After which a job that found no host looks again.</summary>
    private const long SearchAgainMs = 1000;

    /// <summary>Hosts kept at one time.</summary>
    private const int MostKept = 256;

    /// <summary>By which an item may last longer than its kind usually does and still end in time.</summary>
    private const double Caution = 1.5;

    private readonly List<Worker> keptHosts = [];

    /// <summary>Classes whose first job has waited long enough; those that were looked for less often go first.</summary>
    private readonly PriorityQueue<JobClass, (int Searches, int Priority, long Id)> wideClasses = new();
    private long nextSearchMs = long.MinValue;

    /// <summary>The job cannot have what it asks for, and nothing that may be ended would make enough room: when it has waited for long, a host is kept for it.</summary>
    private void WaitForHost(JobClass its, Job job, Now now)
    {
        if (options.WidePatienceMs < 0 || !IsWide(its) || job.IsKeptFor || job.WideAlarmMs is not null || its.IsSearchedFor)
        {
            return;
        }

        job.WaitsSinceMs ??= now.Monotonic;
        SetWideAlarm(job, Math.Max(now.Monotonic + SearchAgainMs, job.WaitsSinceMs.Value + options.WidePatienceMs));
    }

    private static bool IsWide(JobClass its) => its.Reservations.Slots is { Minimum: > 1 } or { Kind: SlotKind.WholeHost };

    private void SetWideAlarm(Job job, long dueMs)
    {
        job.WideAlarmMs = dueMs;
        alarms.Enqueue((AlarmKind.Wide, job.Id.Value), dueMs);
    }

    private void WaitedForHost(Job job)
    {
        job.WideAlarmMs = null;
        if (job.IsInLine && job.WaitsSinceMs is not null && !job.IsKeptFor && !job.Class.IsSearchedFor)
        {
            job.Class.IsSearchedFor = true;
            wideClasses.Enqueue(job.Class, (job.Searches++, job.Spec.Priority, job.Id.Value));
        }
    }

    /// <summary>A few searches now and then, so that they take a small part of the time however many jobs wait.</summary>
    private void KeepHosts(Now now)
    {
        for (var left = MostSearchesAtOnce; now.Monotonic >= nextSearchMs && wideClasses.Count > 0; left--)
        {
            if (left == 0)
            {
                nextSearchMs = now.Monotonic + SearchPauseMs;
                alarms.Enqueue((AlarmKind.Wide, 0), nextSearchMs);
                return;
            }

            var its = wideClasses.Dequeue();
            its.IsSearchedFor = false;
            if (its.Head is { IsKeptFor: false } job && job.Claims.Count == 0 && (keptHosts.Count >= MostKept || !KeepHost(its, job, now)) && job.WideAlarmMs is null)
            {
                job.WaitsSinceMs ??= now.Monotonic;
                SetWideAlarm(job, now.Monotonic + SearchAgainMs);
            }
        }
    }

    private bool KeepHost(JobClass its, Job job, Now now)
    {
        if (!WantsPlace(job) || IsShutOut(its) || FindHostToKeep(its, job, now) is not var (best, leaving))
        {
            return false;
        }

        var slots = its.Reservations.Slots;
        best.KeptFor = new HostReservation(job, KeyOf(job, its, index.Match(its, best.Class).Rank), slots.Kind == SlotKind.WholeHost ? best.Facts.Slots : slots.Minimum);
        job.IsKeptFor = true;
        keptHosts.Add(best);
        RecordHost(best, Caller.Farm, $"kept for job {job.Id}, which waits for {slots.Minimum} slots", now);
        foreach (var instance in leaving)
        {
            if (instance.MakesRoomFor is not null)
            {
                // It ends already, for another job.
                continue;
            }

            CountExtra(instance, false);
            instance.MakesRoomFor = job;
            job.Claims.Add(instance);
            if (instance.Job.Items is not null)
            {
                LeaveAfterItem(instance);
            }
        }

        foreach (var instance in best.Instances.Where(instance => LentTo(instance) > 0 && MayBeResized(instance)))
        {
            AskBack(instance);
        }

        return true;
    }

    /// <summary>The host where enough slots come free first, and who has to leave there.</summary>
    private (Worker Host, List<Instance> Leaving)? FindHostToKeep(JobClass its, Job job, Now now)
    {
        (Worker Host, List<Instance> Leaving)? best = null;
        var bestDue = long.MaxValue;
        foreach (var worker in RoomiestHosts(its, job))
        {
            var key = KeyOf(job, its, index.Match(its, worker.Class).Rank);
            var room = FindRoom(its.Reservations.Slots, worker, key, now);
            if (room.DueMs < bestDue)
            {
                (best, bestDue) = ((worker, room.Leaving), room.DueMs);
            }
        }

        return best;
    }

    /// <summary>Hosts that could take the job if they had room, those with most free slots first.</summary>
    private IEnumerable<Worker> RoomiestHosts(JobClass its, Job job)
    {
        var seen = 0;
        foreach (var hosts in index.HostClasses)
        {
            if (hosts is null || index.Match(its, hosts).Fit != Fit.Fits)
            {
                continue;
            }

            for (var free = hosts.MostFree; free >= 0; free--)
            {
                foreach (var worker in hosts.WithFree(free))
                {
                    if (++seen > MostHostsSeen)
                    {
                        yield break;
                    }

                    if (worker.SlotsLocked + its.Reservations.Slots.Minimum <= worker.Facts.Slots && IsOpenTo(its, job, worker))
                    {
                        yield return worker;
                    }
                }
            }
        }
    }

    /// <summary>When, monotonic ms, enough of the host is free if those that stand behind the key leave, and the others give back what is lent to them, and who has to leave; never = long.MaxValue.</summary>
    private static (long DueMs, List<Instance> Leaving) FindRoom(SlotDemand slots, Worker worker, QueueKey key, Now now)
    {
        var wanted = (slots.Kind == SlotKind.WholeHost ? worker.Facts.Slots : slots.Minimum) - worker.SlotsFree;
        var most = worker.SlotsUsed;
        if (most < wanted)
        {
            return (long.MaxValue, []);
        }

        var candidates = new List<(long EndMs, Instance Instance)>();
        var due = now.Monotonic;
        var lentToOthers = 0;
        foreach (var instance in worker.Instances)
        {
            if (!instance.IsPlaced)
            {
                continue;
            }

            if (CanLeaveFor(instance, key))
            {
                candidates.Add((ExpectedEnd(instance, now), instance));
                continue;
            }

            var lentToIt = MayBeResized(instance) ? LentTo(instance) : 0;
            if ((most -= instance.Slots - lentToIt) < wanted)
            {
                // Most hosts are given up here, after a look at the first of their runs.
                return (long.MaxValue, []);
            }

            lentToOthers += lentToIt;
            due = lentToIt > 0 ? Math.Max(due, ExpectedEnd(instance, now)) : due;
        }

        wanted -= lentToOthers;
        candidates.Sort((x, y) => x.EndMs != y.EndMs ? x.EndMs.CompareTo(y.EndMs) : x.Instance.Sub.CompareTo(y.Instance.Sub));
        var leaving = new List<Instance>();
        for (var at = 0; at < candidates.Count && wanted > 0; at++)
        {
            wanted -= candidates[at].Instance.Slots;
            leaving.Add(candidates[at].Instance);
            due = Math.Max(due, candidates[at].EndMs);
        }

        return (due, leaving);
    }

    private static bool CanLeaveFor(Instance instance, QueueKey key)
        => instance.Phase is RunPhase.Finishing or RunPhase.Stopping || (instance.MakesRoomFor is null && (IsLoadedAndIdle(instance) || (key.GoesBefore(instance.PlacedBy) && !instance.Job.IsImmune)));

    /// <summary>When the item that a run runs should end, monotonic ms. One that is overdue may end at any moment.</summary>
    private static long ExpectedEnd(Instance instance, Now now)
    {
        var startedMs = instance.CurrentStartedMs > 0 ? instance.CurrentStartedMs : instance.StartedMs;
        var tookMs = now.Unix - startedMs;
        return now.Monotonic + Math.Max(0, (long)instance.Job.MeanItemMs - tookMs);
    }

    /// <summary>A job may use a kept host before the one it is kept for: it goes before that one, it needs none of the kept slots, or its item is over in time.</summary>
    private static bool MayBackfill(JobClass its, Job job, Worker worker, HostReservation kept, QueueKey key, Now now)
    {
        if (key.GoesBefore(kept.Key) || IsBeside(its, worker, kept))
        {
            return true;
        }

        if (job.Items is null || job.MeanItemMs <= 0)
        {
            return false;
        }

        var due = now.Monotonic;
        foreach (var claim in kept.Job.Claims)
        {
            due = claim.Worker == worker && claim.IsPlaced ? Math.Max(due, ExpectedEnd(claim, now)) : due;
        }

        return now.Monotonic + (job.MeanItemMs * Caution) < due;
    }

    /// <summary>With this job there as well, the kept slots are free all the same once those that leave have left.</summary>
    private static bool IsBeside(JobClass its, Worker worker, HostReservation kept)
    {
        var staying = 0;
        foreach (var instance in worker.Instances)
        {
            staying += instance.IsPlaced && instance.MakesRoomFor != kept.Job && instance.Phase is not (RunPhase.Finishing or RunPhase.Stopping) ? instance.Slots : 0;
        }

        return worker.Facts.Slots - worker.SlotsLocked - staying - kept.Slots >= its.Reservations.Slots.Minimum && its.Reservations.Slots.Kind == SlotKind.Exact;
    }

    /// <summary>The job got a place: a host that was kept for it is everybody's again.</summary>
    private void EndWaiting(Job job, Worker worker)
    {
        job.WaitsSinceMs = null;
        if (job.IsKeptFor)
        {
            ReleaseHost(job, worker);
        }
    }

    /// <summary>The job is not in line any more.</summary>
    private void EndWaiting(Job job)
    {
        job.WaitsSinceMs = null;
        if (job.IsKeptFor)
        {
            ReleaseHost(job, null);
        }

        EndNeed(job);
    }

    private void ReleaseHost(Job job, Worker? placedOn)
    {
        job.IsKeptFor = false;
        var at = keptHosts.FindIndex(worker => worker.KeptFor?.Job == job);
        if (at < 0)
        {
            return;
        }

        var kept = keptHosts[at];
        keptHosts.RemoveAt(at);
        kept.KeptFor = null;
        if (kept != placedOn)
        {
            index.Move(kept);
        }

        EndClaims(job);
    }

    /// <summary>The host is gone, or takes nothing: the job looks for another.</summary>
    private void ReleaseHost(Worker worker)
    {
        if (worker.KeptFor is { } kept)
        {
            ReleaseHost(kept.Job, null);
            index.Wake(kept.Job.Class);
        }
    }
}
