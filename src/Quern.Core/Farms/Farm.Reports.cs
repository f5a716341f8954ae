using Quern.Core.Jobs;
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
}
