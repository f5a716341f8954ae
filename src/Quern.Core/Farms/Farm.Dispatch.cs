using Quern.Core.Dispatch;
using Quern.Core.Expressions;
using Quern.Core.Jobs;
using Quern.Core.Workers;

namespace Quern.Core.Farms;

/// <summary>
/// Which instance goes where. Nothing is looked at that did not change: between two turns no job in line can use what is free, so only jobs that came into line (or whose
/// reason to wait went) and hosts that got room are looked at.
/// <code>
/// woken classes, best head first: choose a host for the head -> the best job in line for that host gets it, again and again
/// then each host with new room: the best job in line for it, until nothing fits
/// then who still waits and outranks what runs: room is made (Farm.Preempt), or a host is kept (Farm.Backfill)
/// </code>
/// Whether a job fits a host is asked in one order (<see cref="Fit"/>), by dispatch and by <see cref="Why(Job, Worker, Now)"/> alike.
/// </summary>
public sealed partial class Farm
{
    private DispatchIndex index;
    private readonly PriorityQueue<JobClass, QueueKey> woken = new();
    private readonly List<JobClass> unserved = [];
    private int placementsLeft;

    /// <summary>Jobs of one class that are asked whether they would be over in time on a host that is kept for another.</summary>
    private const int MostPassedAtKept = 32;

    /// <summary>The turn was full: the rest comes in the next.</summary>
    private bool HasMoreToPlace => placementsLeft <= 0 && (index.Woken.Count + index.Moved.Count > 0 || (isSharingDue && sharing.Count > 0)) && !IsActivityStopped;

    /// <summary>The job has an instance that could start now.</summary>
    private static bool WantsPlace(Job job) => job.Hold == Hold.None && job.Tally.Placeable > 0 && job.Items is not { Pending: 0 };

    /// <returns>True when something was placed or refused, so that statuses have to be settled again.</returns>
    private bool Dispatch(Now now)
    {
        index.RefreshClasses(workers.Values);
        index.RefreshMoved();
        if (IsActivityStopped)
        {
            return false;
        }

        var isChanged = ServeWoken(now);
        isChanged |= FillMoved(now);
        foreach (var its in unserved)
        {
            isChanged |= its.Head is { } job && MakeRoom(its, job, now);
        }

        unserved.Clear();
        isChanged |= ShowRefusals(now);
        return isChanged || (index.Woken.Count > 0 && placementsLeft > 0);
    }

    private bool ServeWoken(Now now)
    {
        foreach (var its in index.Woken)
        {
            its.IsWoken = false;
            its.Filling = null;
            Queue(its);
        }

        index.Woken.Clear();
        var isChanged = false;
        while (placementsLeft > 0 && woken.TryDequeue(out var its, out _))
        {
            if (its.Head is null)
            {
                continue;
            }

            if (ChooseHost(its, now) is { } worker && FillOne(worker, now))
            {
                isChanged = true;
                Queue(its);
            }
            else
            {
                unserved.Add(its);
            }
        }

        while (woken.TryDequeue(out var rest, out _))
        {
            // In the next turn.
            index.Wake(rest);
        }

        return isChanged;
    }

    private void Queue(JobClass its)
    {
        if (its.Head is { } job)
        {
            woken.Enqueue(its, new QueueKey(0, 0, LinePriority(job), LineOrderOf(job), job.Id.Value));
        }
    }

    private bool FillMoved(Now now)
    {
        var isChanged = false;
        while (placementsLeft > 0 && index.Moved.TryDequeue(out var worker))
        {
            worker.IsMoved = false;
            index.Refresh(worker);
            isChanged |= resting.Count > 0 && LookAtResting(worker);
            while (placementsLeft > 0 && FillOne(worker, now))
            {
                isChanged = true;
            }

            if (worker.FreeAt > 0 && placementsLeft == 0)
            {
                index.Move(worker);
            }
            else if (worker.FreeAt > 0)
            {
                Grow(worker, now);
                isSharingDue = true;
            }

            isChanged |= AskBackOn(worker, now);
        }

        return isChanged;
    }

    /// <summary>Gives the host to the job in line that goes first there, if one fits.</summary>
    private bool FillOne(Worker worker, Now now)
    {
        if (worker.FreeAt < 0 || BestFor(worker, now) is not { } job)
        {
            return false;
        }

        Place(job.Instances[job.Tally.FirstPlaceable()], worker, now);
        return true;
    }

    private Job? BestFor(Worker worker, Now now)
    {
        Job? best = null;
        QueueKey bestKey = default;
        foreach (var (rank, lane) in index.LanesOf(worker.Class))
        {
            if (best is not null && !index.Rules.HasShares && !IsOrderedByPolicy && rank > bestKey.Rank)
            {
                // The lanes that follow stand farther away.
                break;
            }

            if (lane.Classes.Count == 0 || lane.LeastSlots > worker.FreeAt)
            {
                continue;
            }

            var load = LoadOf(lane);
            if ((best is null || IsOrderedByPolicy || KeyOf(lane.Classes[0].Head!, rank, load).GoesBefore(bestKey)) && FitOfClass(lane.Sample, worker) == Fit.Fits)
            {
                SearchLane(lane, worker, rank, load, ref best, ref bestKey, now);
            }
        }

        return best;
    }

    private void SearchLane(Lane lane, Worker worker, int rank, double load, ref Job? best, ref QueueKey bestKey, Now now)
    {
        foreach (var its in lane.Classes)
        {
            if (best is not null && !GoesBefore(its.Head!, KeyOf(its.Head!, rank, load), best, bestKey, worker))
            {
                if (IsOrderedByPolicy)
                {
                    continue;
                }

                break;
            }

            if (index.Match(its, worker.Class).Fit == Fit.Fits && FirstThere(its, worker, rank, now) is { } job && KeyOf(job, rank, load) is var key && (best is null || GoesBefore(job, key, best, bestKey, worker)))
            {
                (best, bestKey) = (job, key);
            }
        }
    }

    private bool IsOrderedByPolicy => index.Rules.Policy is { ComparesJobs: true };

    /// <summary>Who goes first on the host: the site's policy has the first word.</summary>
    private bool GoesBefore(Job job, QueueKey key, Job other, QueueKey otherKey, Worker worker)
        => index.Rules.Policy is { ComparesJobs: true } policy && policy.CompareJobs(job, other, worker) is var said && said != 0 ? said < 0 : key.GoesBefore(otherKey);

    /// <summary>The first job of the class that nothing of its own keeps from the host.</summary>
    private Job? FirstThere(JobClass its, Worker worker, int rank, Now now)
    {
        var head = its.Head!;
        var fit = FitOfJob(its, head, worker, rank, now);
        if (fit == Fit.Fits)
        {
            return head;
        }

        if (fit == Fit.BadLogin)
        {
            BarLogon(head, worker, now);
        }

        if (!IsOfOneJob(fit))
        {
            return null;
        }

        var passed = 0;
        foreach (var job in its.Line)
        {
            if (job == head)
            {
                continue;
            }

            fit = FitOfJob(its, job, worker, rank, now);
            if (fit == Fit.Fits)
            {
                return job;
            }

            if (fit == Fit.BadLogin)
            {
                BarLogon(job, worker, now);
            }
            else if (fit == Fit.Reserved && ++passed == MostPassedAtKept)
            {
                return null;
            }
        }

        return null;
    }

    /// <summary>The reason says nothing of other jobs of the same class.</summary>
    private static bool IsOfOneJob(Fit fit) => fit is Fit.Barred or Fit.BadLogin or Fit.RanThere or Fit.Policy or Fit.PasswordTrial or Fit.Reserved;

    private QueueKey KeyOf(Job job, JobClass its, int rank) => KeyOf(job, rank, LoadOf(its.Lane));

    private QueueKey KeyOf(Job job, int rank, double load) => new(load, rank, LinePriority(job), LineOrderOf(job), job.Id.Value);

    private double LoadOf(Lane lane) => index.Rules.HasShares ? LoadOf(lane.Sample.Share) : 0;

    private int LinePriority(Job job) => index.Rules.Algorithm == QueueAlgorithm.Queue ? 0 : job.Spec.Priority;

    private long LineOrderOf(Job job) => index.Rules.Algorithm == QueueAlgorithm.Queue ? 0 : job.Order;

    /// <summary>The host for the next instance of the class's first job that has one: nearest in the cluster tree, then by host order, else the one with most free slots.</summary>
    private Worker? ChooseHost(JobClass its, Now now)
    {
        if (IsShutOut(its))
        {
            return null;
        }

        if (its.Filling is { FreeAt: >= 0 } filling && index.Match(its, filling.Class) is { Fit: Fit.Fits } match && FitOfClass(its, filling) == Fit.Fits && FirstThere(its, filling, match.Rank, now) is not null)
        {
            return filling;
        }

        var choice = ChoiceFor(its);
        if (its.Hosts is { } names)
        {
            foreach (var name in names.Names)
            {
                foreach (var worker in index.Named(name))
                {
                    Consider(its, worker, ref choice, now);
                }
            }
        }
        else
        {
            foreach (var hosts in index.HostClasses)
            {
                if (hosts is not null && hosts.MostFree >= LeastFree(its))
                {
                    Consider(its, hosts, ref choice, now);
                }
            }
        }

        its.Filling = choice.LooksAtAll ? choice.Worker : null;
        return choice.Worker;
    }

    private HostChoice ChoiceFor(JobClass its)
        => new(its.HostOrder, index.Rules.Policy is { ComparesHosts: true } policy ? (a, b) => policy.CompareHosts(a, b, its.Head ?? its.Line.First()) : null);

    private static int LeastFree(JobClass its) => its.Key.IsElite ? 0 : its.Reservations.Slots.Minimum;

    private void Consider(JobClass its, HostClass hosts, ref HostChoice choice, Now now)
    {
        var match = index.Match(its, hosts);
        if (match.Fit != Fit.Fits || choice.PassesOver(match.Nearness))
        {
            return;
        }

        for (var free = hosts.MostFree; free >= LeastFree(its); free--)
        {
            foreach (var worker in hosts.WithFree(free))
            {
                if (!choice.LooksAtAll && !choice.WouldTake(match.Nearness, worker))
                {
                    break;
                }

                if (FitOfClass(its, worker) == Fit.Fits && FirstThere(its, worker, match.Rank, now) is not null)
                {
                    choice.Offer(match.Nearness, worker);
                    if (!choice.LooksAtAll)
                    {
                        return;
                    }
                }
            }
        }
    }

    private void Consider(JobClass its, Worker worker, ref HostChoice choice, Now now)
    {
        if (worker.FreeAt < LeastFree(its))
        {
            return;
        }

        var match = index.Match(its, worker.Class);
        if (match.Fit == Fit.Fits && FitOfClass(its, worker) == Fit.Fits && FirstThere(its, worker, match.Rank, now) is not null)
        {
            choice.Offer(match.Nearness, worker);
        }
    }
}
