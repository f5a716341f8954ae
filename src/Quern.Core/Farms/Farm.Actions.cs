using Quern.Core.Actions;
using Quern.Core.Jobs;
using Quern.Core.Permissions;

namespace Quern.Core.Farms;

/// <summary>
/// What people do to jobs, instances and items. Whether a verb applies, and what becomes of what it applies to, is in <see cref="TransitionTable"/>;
/// here it is carried out: job (hold, order), then its instances, then its items.
/// </summary>
public sealed partial class Farm
{
    /// <summary>Does <see cref="FarmAction.Verb"/> to each target the caller may act on. A target is refused alone, with a sentence.</summary>
    public ActionResult Act(FarmAction action, Now now)
    {
        var affected = new List<string>();
        var refused = new List<string>();
        foreach (var target in action.Targets)
        {
            var refusal = Check(action, target, out var job);
            if (refusal is not null)
            {
                refused.Add(refusal);
                continue;
            }

            var before = affected.Count;
            refusal = action.Verb.IsForWholeJobs() ? ActOnWhole(action, job!, affected, now) : Act(action, target, job!, affected, now);
            if (refusal is not null)
            {
                refused.Add(refusal);
            }
            else if (affected.Count == before && !action.IsChosen && !action.HasStatuses)
            {
                refused.Add(NotNow(action, target, job!));
            }
        }

        return new ActionResult(affected, refused);
    }

    private string? Check(FarmAction action, Target target, out Job? job)
    {
        job = FindJob(target.Job);
        var verb = action.Verb.Word();
        if (job is null)
        {
            return $"{verb} {target}: there is no job {target.Job}; list the jobs there are with qbjobs --user all";
        }

        if (MayDo(action.Caller, VerbPermissions.Of(action.Verb), job) is { } missing)
        {
            return $"{verb} {target}: {missing}";
        }

        if (target.Sub is { } sub && (sub < 0 || sub >= job.Instances.Length))
        {
            return $"{verb} {target}: job {target.Job} has instances 0 to {job.Instances.Length - 1}";
        }

        if (action.Verb.IsForWholeJobs() && (target.Sub is not null || target.Items is not null))
        {
            return $"{verb} {target}: it is for whole jobs only; name the job, {target.Job}";
        }

        if (action.Verb == Verb.Preempt && job.Spec.Flags.FirstOrDefault(flag => flag is "uninterruptible" or "elite") is { } flag)
        {
            return $"preempt {target}: job {target.Job} has the flag {flag} and is never preempted; interrupt or migrate it instead";
        }

        return null;
    }

    /// <returns>The reason why the target is none, a sentence.</returns>
    private string? Act(FarmAction action, Target target, Job job, List<string> affected, Now now)
    {
        List<int>? items = null;
        if (target.Items is not null && (items = ItemsOf(job, target.Items)) is null)
        {
            return $"{action.Verb.Word()} {target}: job {job.Id} has no item '{target.Items}'; list them with qbjobs --long {job.Id}";
        }

        var isWhole = target.Sub is null && items is null;
        var outcome = new JobOutcome();
        if (isWhole)
        {
            if (TransitionTable.OfJob(action.Verb, job.Status) is not { } known)
            {
                return null;
            }

            outcome = known;
        }

        if (action.Verb == Verb.Retry && job.Status.IsDone())
        {
            // Whatever held it before it ended does so no more, also where only some of it is retried.
            job.Hold = Hold.None;
        }

        var before = affected.Count;
        var isHeldAnew = isWhole && outcome.Hold is { } hold && !action.HasStatuses && !action.ItemsOnly && SetHold(action, job, hold);
        if (items is null && !action.ItemsOnly)
        {
            ActOnInstances(action, target, job, outcome, affected, now);
            if (action.Verb == Verb.Unblock && job.Hold == Hold.User && affected.Count > before)
            {
                // One of them may run: the others are blocked each for itself.
                job.Hold = Hold.None;
            }
        }

        if (job.Items is { } table && (items is not null || (isWhole && !action.InstancesOnly)))
        {
            var count = items is null ? ActOnAll(action, job, table, outcome.OnlyFailed, now) : items.Count(index => ActOnItem(action, job, table, index, isNamed: true, onlyFailed: false, now));
            if (count > 0)
            {
                BringBack(action.Verb, job, table);
                if (items is not null || affected.Count == before)
                {
                    affected.Add(target.ToString());
                }
            }
        }

        if (affected.Count == before && isHeldAnew)
        {
            affected.Add(target.ToString());
        }

        if (affected.Count > before)
        {
            Record(job, target.Sub ?? -1, target.Items ?? "", action.Caller, action.Verb.Past(), now);
            MarkDirty(job);
            Unsettle(job);
        }

        return null;
    }

    private static bool SetHold(FarmAction action, Job job, Hold hold)
    {
        var isOwn = action.Verb switch
        {
            Verb.Retire => job.HasAgenda && !action.InstancesOnly,
            Verb.Unblock => job.Hold != Hold.Suspended,
            Verb.Suspend => job.Hold == Hold.None,
            Verb.Resume => job.Hold == Hold.Suspended,
            _ => true,
        };
        if (!isOwn || job.Hold == hold)
        {
            return false;
        }

        job.Hold = hold;
        return true;
    }

    /// <summary>Why nothing changed, for the one who named the target.</summary>
    private static string NotNow(FarmAction action, Target target, Job job)
    {
        var (verb, word) = (action.Verb, action.Verb.Word());
        if (target.Items is { } items)
        {
            var states = ItemsOf(job, items)!.Select(index => StatusOfItem(job.Items![index].State).Word()).Distinct().ToList();
            var applies = TransitionTable.Applies(status => TransitionTable.OfItem(verb, StateOf(status), action.LetsFinish) is not null);
            return applies.Length == 0
                ? $"{word} {target}: it is not for items; name the job or an instance"
                : $"{word} {target}: {(states.Count == 1 ? $"it is {states[0]}" : $"they are {string.Join(" and ", states)}")}; {word} applies to items that are {applies}";
        }

        if (target.Sub is { } sub)
        {
            var applies = TransitionTable.Applies(status => TransitionTable.OfInstance(verb, status, action.LetsFinish) is not null);
            return $"{word} {target}: it is {job.Instances[sub].Status.Word()}; {word} applies to instances that are {applies}";
        }

        var jobs = TransitionTable.Applies(status => TransitionTable.OfJob(verb, status) is not null);
        return TransitionTable.OfJob(verb, job.Status) is null
            ? $"{word} {target}: it is {job.Status.Word()}; {word} applies to jobs that are {jobs}{(verb == Verb.Modify ? "; requeue it, modify it, then unblock it" : "")}"
            : $"{word} {target}: nothing of it can be {(verb is Verb.Retry or Verb.Requeue ? $"{verb.Past()} while it is {job.Status.Word()}: nothing has failed or was killed" : $"{verb.Past()}: it is {job.Status.Word()}")}";
    }
}
