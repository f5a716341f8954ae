using Quern.Core.Jobs;
using Quern.Core.Triggers;
using Quern.Core.Workers;

namespace Quern.Core.Farms;

/// <summary>What runs report of themselves: that they have their account, and how they ended.</summary>
public sealed partial class Farm
{
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
