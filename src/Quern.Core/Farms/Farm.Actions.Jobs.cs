using Quern.Core.Actions;
using Quern.Core.Jobs;

namespace Quern.Core.Farms;

/// <summary>What is done to whole jobs: their order, a new look by the dispatch, and their end; what they are is in Farm.Actions.Modify.</summary>
public sealed partial class Farm
{
    /// <returns>The reason why it may not be done, a sentence; without one the job is affected or its state was not asked for.</returns>
    private string? ActOnWhole(FarmAction action, Job job, List<string> affected, Now now)
    {
        var verb = action.Verb;
        if ((action.Statuses.Count > 0 && !action.Statuses.Contains(job.Status)) || TransitionTable.OfJob(verb, job.Status) is not { } outcome)
        {
            return null;
        }

        if (outcome.AdministratorsOnly && !IsAdministrator(action.Caller))
        {
            return $"{verb.Word()} {job.Id}: it is {job.Status.Word()}; kill it first, or ask an administrator";
        }

        switch (verb)
        {
            case Verb.Modify:
                return Modify(action, job, affected, now);
            case Verb.Remove:
                Remove(job, now);
                break;
            case Verb.Shove:
                Shove(job);
                break;
            default:
                Reorder(job, verb == Verb.Top);
                break;
        }

        Record(job, -1, "", action.Caller, verb.Past(), now);
        affected.Add(job.Id.ToString());
        return null;
    }

    /// <summary>Before or after every other job of its priority that is not over. Walks the jobs: people ask for it.</summary>
    private void Reorder(Job job, bool isTop)
    {
        var others = jobs.Values.Where(other => other != job && other.Spec.Priority == job.Spec.Priority && !other.Status.IsDone()).Select(other => other.Order).ToList();
        if (others.Count > 0)
        {
            job.Class.Leave(job);
            job.Order = isTop ? Math.Min(job.Order, others.Min() - 1) : Math.Max(job.Order, others.Max() + 1);
        }

        MarkDirty(job);
        Unsettle(job);
    }

    /// <summary>Hosts that refused the job are asked again at once; those it was migrated away from are not.</summary>
    private void Shove(Job job)
    {
        foreach (var (worker, refusal) in job.Refusals)
        {
            if (!refusal.IsMigration)
            {
                EndRefusal(job, worker);
            }
        }

        Unsettle(job);
    }

    private void Remove(Job job, Now now)
    {
        foreach (var instance in job.Instances)
        {
            if (instance.Phase != RunPhase.Idle)
            {
                Send(instance.Worker!, new ForgetOrder(instance.RunId));
                Unplace(instance);
                instance.Worker!.Instances.Remove(instance);
                instance.Phase = RunPhase.Idle;
                instance.Leases.Clear();
            }
        }

        ForgetSharing(job);
        job.IsRemoved = true;
        jobs.Remove(job.Id.Value);
        jobsById.Remove(job.Id.Value);
        EndWaiting(job);
        index.Forget(job);
        turn.Removed.Add(job.Id);
        JobRemoved(job, now);
    }
}
