using Quern.Core.Jobs;
using Quern.Core.Triggers;
using Quern.Core.Workers;

namespace Quern.Core.Farms;

/// <summary>What runs report. A fact before the counted position, of an older run, or about an attempt that is not leased any more changes nothing.</summary>
public sealed partial class Farm
{
    /// <summary>Counts a piece of a run's journal. Unknown and superseded runs are told to go.</summary>
    public void Reported(WorkerId from, RunReport report, Now now)
    {
        if (FindWorker(from) is not { } worker)
        {
            return;
        }

        worker.LastContactMs = now.Unix;
        var instance = InstanceOf(report.Run);
        if (instance is null || instance.Run != report.Run.Run || instance.Worker != worker || instance.Phase is RunPhase.Idle or RunPhase.Lost)
        {
            Send(worker, new ForgetOrder(report.Run));
            return;
        }

        if (report.From > instance.HeardTo)
        {
            // Something between was not heard; the worker says it again from the acknowledged position on its next connection.
            return;
        }

        foreach (var fact in report.Facts)
        {
            Count(instance, fact, now);
            instance.HeardTo = Math.Max(instance.HeardTo, fact.Position);
        }

        AdvanceOutput(instance);
        instance.MustAcknowledge = true;
        MarkDirty(instance);
        Unsettle(instance.Job);
    }

    /// <summary>The run's output up to <paramref name="position"/> is durable, in a file of <paramref name="bytes"/> bytes.</summary>
    public void OutputDurable(RunId run, long position, long bytes, Now now)
    {
        _ = now;
        var instance = InstanceOf(run);
        if (instance is null || instance.Run != run.Run || instance.Phase is RunPhase.Idle)
        {
            return;
        }

        instance.OutputPosition = Math.Max(instance.OutputPosition, Math.Min(position, instance.Position));
        instance.OutputBytes = Math.Max(instance.OutputBytes, bytes);
        AdvanceOutput(instance);
        instance.MustAcknowledge = true;
        MarkDirty(instance);
        Unsettle(instance.Job);
    }

    private Instance? InstanceOf(RunId run)
        => FindJob(run.Instance.Job) is { } job && run.Instance.Sub >= 0 && run.Instance.Sub < job.Instances.Length ? job.Instances[run.Instance.Sub] : null;

    /// <summary>
    /// Facts without output do not wait for the output log. What was counted before a restart but not heard since may hold output that the log
    /// was cut back by.
    /// </summary>
    private static void AdvanceOutput(Instance instance)
    {
        if (instance.OutputSeen <= instance.OutputPosition && instance.HeardTo >= instance.Position)
        {
            instance.OutputPosition = instance.Position;
        }
    }

    private void Count(Instance instance, RunFact fact, Now now)
    {
        if (fact.Body is OutputFact output)
        {
            if (fact.Position > instance.OutputSeen)
            {
                turn.Output.Add(new OutputChunk(instance.RunId, fact.Position, output.Item, output.Attempt, output.IsError, output.Data));
                instance.OutputSeen = fact.Position;
            }
        }
        else if (fact.Position > instance.Position)
        {
            switch (fact.Body)
            {
                case ReadyFact ready: Ready(instance, ready, now); break;
                case ItemStartedFact started: ItemStarted(instance, started, fact.UnixMs, now); break;
                case ItemEndedFact ended: ItemEnded(instance, ended, fact.UnixMs, now); break;
                case ProgressFact progress: Progressed(instance, progress); break;
                case NoteFact note: Noted(instance, note, now); break;
                case ReleasedFact released: Released(instance, released); break;
                case RunEndedFact ended: RunEnded(instance, ended, fact.UnixMs, now); break;
            }
        }

        instance.Position = Math.Max(instance.Position, fact.Position);
    }

    private void Ready(Instance instance, ReadyFact ready, Now now)
    {
        instance.Account = ready.Account;
        LoggedOn(instance, now);
        if (instance.Phase == RunPhase.Starting)
        {
            PrintRestart(instance, now);
            instance.Phase = RunPhase.Live;
            BeginTime(instance, now);
        }
    }

    private void ItemStarted(Instance instance, ItemStartedFact started, long unixMs, Now now)
    {
        var at = FindLease(instance, started.Item, started.Attempt);
        if (at < 0)
        {
            return;
        }

        var lease = instance.Leases[at];
        lease.Recalled = false;
        instance.Leases[at] = lease;
        instance.CurrentItem = started.Item;
        instance.CurrentStartedMs = unixMs;
        BeginItemTime(instance, now);
        var items = instance.Job.Items!;
        var item = items[started.Item] with { State = ItemState.Running, StartedMs = unixMs, EndedMs = 0 };
        items.Set(started.Item, item);
        ItemHappened(instance.Job, started.Item, ItemState.Leased, item);
    }

    private void ItemEnded(Instance instance, ItemEndedFact ended, long unixMs, Now now)
    {
        var at = ended.Item < 0 ? -1 : FindLease(instance, ended.Item, ended.Attempt);
        if (at < 0)
        {
            return;
        }

        var wasLate = instance.IsItemTimedOut && instance.CurrentItem == ended.Item;
        DropLease(instance, at);
        var job = instance.Job;
        var item = job.Items![ended.Item];
        item.EndedMs = unixMs;
        item.ExitCode = ended.ExitCode;
        item.Usage = ended.Usage;
        item.Result = ended.Result.Length > 0 ? ended.Result : null;
        if (ended.Verdict.GivesBack)
        {
            GiveBack(instance, ended, item, now);
            return;
        }

        if (ended.End is ItemEnd.Lost or ItemEnd.Stopped)
        {
            // Nobody's fault: the item goes back and costs no retry.
            SetItem(job, ended.Item, item with { State = ItemState.Pending, Reason = ended.Text });
            turn.AddItemEvent(job, instance.Sub, ended.Item, Caller.Farm, $"work state: pending subjob: {instance.Id} ({(ended.Text.Length > 0 ? ended.Text : "stopped")})", now);
            return;
        }

        instance.Losses = 0;
        LearnDuration(job, item);
        var host = instance.Worker!.Name;
        if (ended.End == ItemEnd.Exited && ended.ExitCode == 0 && ended.Verdict.Kind == VerdictKind.None)
        {
            Praise(instance.Worker!);
            SetItem(job, ended.Item, item with { State = ItemState.Complete, Reason = null });
            Wrangle(instance, isFailure: false, now);
            turn.AddItemEvent(job, instance.Sub, ended.Item, Caller.Farm, $"work state: complete subjob: {instance.Id} ({host})", now);
            return;
        }

        item.Reason = ReasonOf(ended);
        if (ended.End == ItemEnd.TimedOut && !wasLate)
        {
            ItemHappened(instance, ended.Item, EventNames.Timeout);
        }

        var retries = job.RetriesOf(ended.Item);
        if (item.Retries < retries)
        {
            item.Retries++;
            item.State = ItemState.Pending;
            DelayOrReturn(job, ended.Item, item, job.RetryDelayOf(ended.Item), now);
            turn.AddItemEvent(job, instance.Sub, ended.Item, Caller.Farm, $"work state: pending subjob: {instance.Id} ({host}): {item.Reason}; retry {item.Retries} of {retries}", now);
            if (job.Flags.HasFlag(JobFlags.MigrateOnFrameRetry))
            {
                MoveAway(instance, $"an item is retried on another host: {item.Reason}", now);
            }

            Wrangle(instance, isFailure: true, now);
            return;
        }

        SetItem(job, ended.Item, item with { State = ItemState.Failed });
        turn.AddItemEvent(job, instance.Sub, ended.Item, Caller.Farm, $"work state: failed subjob: {instance.Id} ({host}): {item.Reason}", now);
        Wrangle(instance, isFailure: true, now);
    }

    private void Progressed(Instance instance, ProgressFact progress)
    {
        if (progress.Item == instance.CurrentItem && (progress.Item < 0 || FindLease(instance, progress.Item, progress.Attempt) >= 0))
        {
            instance.Share = progress.Share >= 0 ? Math.Min(progress.Share, 1) : -1;
            instance.LiveResult = progress.Result;
            turn.Changed.Add(instance.Job.Id);
        }
    }

    private static void ForgetProgress(Instance instance)
    {
        instance.Share = -1;
        instance.LiveResult = "";
    }

    private void Noted(Instance instance, NoteFact note, Now now)
    {
        var comment = $"subjob: {instance.Id} on: {instance.Worker!.Name}: {note.Text}";
        if (note.Item >= 0 && note.Item < (instance.Job.Items?.Count ?? 0))
        {
            turn.AddItemEvent(instance.Job, instance.Sub, note.Item, Caller.Farm, comment, now);
        }
        else
        {
            Record(instance.Job, instance.Sub, "", Caller.Farm, comment, now);
        }
    }

    private void DelayOrReturn(Job job, int index, Item item, int seconds, Now now)
    {
        if (seconds > 0)
        {
            // Blocked until its time; a restart of the supervisor gives it back at once.
            job.Delayed.Add((now.Monotonic + (seconds * 1000L), index));
            job.Items!.Set(index, item with { State = ItemState.Blocked });
            turn.AddItem(job, index);
            return;
        }

        SetItem(job, index, item);
    }

    private static string ReasonOf(ItemEndedFact ended) => ended.Verdict.Kind == VerdictKind.Failed ? ended.Verdict.Text : ended.End switch
    {
        ItemEnd.Exited => $"exit code {ended.ExitCode}",
        ItemEnd.Signaled => $"ended by signal {ended.Signal}",
        ItemEnd.TimedOut => ended.Text.Length > 0 ? ended.Text : "took longer than its time limit",
        ItemEnd.NotStarted or ItemEnd.Stopped or ItemEnd.Lost => ended.Text,
    };

    private static void LearnDuration(Job job, Item item)
    {
        if (item.StartedMs > 0 && item.EndedMs >= item.StartedMs)
        {
            double took = Math.Max(1, item.EndedMs - item.StartedMs);
            job.MeanItemMs = job.MeanItemMs == 0 ? took : (job.MeanItemMs * 0.9) + (took * 0.1);
        }
    }

    private void Released(Instance instance, ReleasedFact released)
    {
        var at = FindLease(instance, released.Item, released.Attempt);
        if (at >= 0)
        {
            ReturnLease(instance, at);
        }
    }

    private void RunEnded(Instance instance, RunEndedFact ended, long unixMs, Now now)
    {
        var job = instance.Job;
        while (instance.Leases.Count > 0)
        {
            ReturnLease(instance, instance.Leases.Count - 1);
        }

        var worker = instance.Worker!;
        Unplace(instance);
        instance.Phase = RunPhase.Closing;
        instance.EndedMs = unixMs;
        instance.Result = ended.Result;
        ForgetProgress(instance);
        turn.EndedRuns.Add(instance.RunId);
        if (instance.Status is not (Status.Running or Status.Suspended))
        {
            // An action has said what becomes of it.
            return;
        }

        var (status, reason) = Outcome(instance, worker, ended, now);
        if (instance.Leaving is { } leaving)
        {
            // What a person has said it becomes, but for a failure, which stays one.
            (status, reason) = status == Status.Failed ? (status, reason) : (leaving, instance.Reason);
            instance.Leaving = null;
        }

        var isBadLogin = ended.End is RunEnd.BadLogin or RunEnd.WrongPassword;
        var isKnown = isBadLogin && reason == instance.ToldReason;
        instance.ToldReason = isBadLogin ? reason : null;
        SetStatus(instance, status, reason);
        if (!isKnown && (ended.End is not RunEnd.Finished || status != Status.Complete || !job.HasAgenda))
        {
            Record(job, instance.Sub, "", Caller.Farm, $"subjob state: {status.Word()} on: {worker.Name}{(reason.Length > 0 ? ": " + reason : "")}", now);
        }
    }

    private (Status Status, string Reason) Outcome(Instance instance, Worker worker, RunEndedFact ended, Now now)
    {
        var job = instance.Job;
        switch (ended.End)
        {
            case var _ when ended.Verdict.GivesBack:
                JudgeHost(job, worker, ended.Verdict, now);
                return (Status.Pending, ended.Verdict.Text);
            case RunEnd.Finished when ended.Verdict.Kind == VerdictKind.Failed:
                return Retried(instance, ended.Verdict.Text);
            case RunEnd.Finished when job.Items is { } items:
                return (items.Pending + items.CountOf(ItemState.Blocked) > 0 ? Status.Pending : Status.Complete, "");
            case RunEnd.Finished when ended.ExitCode == 0 && ended.Signal == 0:
                Praise(worker);
                return (Status.Complete, "");
            case RunEnd.Finished:
                return Retried(instance, ended.Text.Length > 0 ? ended.Text : ended.Signal != 0 ? $"ended by signal {ended.Signal}" : $"exit code {ended.ExitCode}");
            case RunEnd.TimedOut:
                if (!instance.IsTimedOut)
                {
                    InstanceHappened(instance, EventNames.Timeout);
                }

                return Retried(instance, ended.Text.Length > 0 ? ended.Text : "took longer than its time limit");
            case RunEnd.BadLogin or RunEnd.WrongPassword:
                NotLoggedOn(instance, ended, now);
                Bar(job, worker, new HostRefusal(now.Monotonic + options.BadLoginRetryMs, ended.Text, true));
                return (Status.Pending, ended.Text);
            case RunEnd.Refused or RunEnd.WorkerStopped:
                // Not at once again on a host that is about to go; when it connects anew it is asked again.
                Bar(job, worker, new HostRefusal(now.Monotonic + 5000, ended.Text, false));
                return (Status.Pending, ended.Text);
            case RunEnd.ProxyLost when ++instance.Losses > options.MaxLosses:
                return (Status.Failed, $"its proxy was lost {instance.Losses} times in a row on {worker.Name}: {ended.Text}");
            default:
                return (Status.Pending, ended.Text);
        }
    }

    private static (Status Status, string Reason) Retried(Instance instance, string reason)
    {
        if (instance.Retries >= instance.Job.Spec.RetrySubjob || instance.IsRetired)
        {
            return (Status.Failed, reason);
        }

        instance.Retries++;
        return (Status.Pending, $"{reason}; retry {instance.Retries} of {instance.Job.Spec.RetrySubjob}");
    }

    private static int FindLease(Instance instance, int item, int attempt)
    {
        var leases = instance.Leases;
        for (var at = 0; at < leases.Count; at++)
        {
            if (leases[at].Item == item && leases[at].Attempt == attempt)
            {
                return at;
            }
        }

        return -1;
    }

    private static void DropLease(Instance instance, int at)
    {
        if (instance.CurrentItem == instance.Leases[at].Item)
        {
            instance.CurrentItem = -1;
            instance.CurrentStartedMs = 0;
            instance.IsItemTimedOut = false;
            ForgetProgress(instance);
        }

        instance.Leases.RemoveAt(at);
    }

    /// <summary>An item comes back unfinished: pending again, its attempt used up.</summary>
    private void ReturnLease(Instance instance, int at)
    {
        var lease = instance.Leases[at];
        DropLease(instance, at);
        var job = instance.Job;
        SetItem(job, lease.Item, job.Items![lease.Item] with { State = ItemState.Pending, Attempts = lease.Attempt });
        MarkDirty(instance);
        Unsettle(job);
    }

    private void SetItem(Job job, int index, Item item)
    {
        if (job.Listeners is not null)
        {
            ItemHappened(job, index, job.Items![index].State, item);
        }

        job.Items!.Set(index, item);
        turn.AddItem(job, index);
    }

    private void SetStatus(Instance instance, Status status, string reason)
    {
        var before = instance.Status;
        instance.Status = instance.IsSecondary && status is Status.Pending or Status.BadLogin or Status.Blocked ? Status.Complete : status;
        instance.Reason = reason;
        InstanceHappened(instance, before);
        MarkDirty(instance);
        Unsettle(instance.Job);
    }
}
