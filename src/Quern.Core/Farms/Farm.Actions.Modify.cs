using Quern.Core.Actions;
using Quern.Core.Jobs;
using Quern.Core.Triggers;

namespace Quern.Core.Farms;

/// <summary>A job that is not over becomes another: all of what is asked, or nothing. What runs stays where it is and as it was started.</summary>
public sealed partial class Farm
{
    private string? Modify(FarmAction action, Job job, List<string> affected, Now now)
    {
        var before = job.Spec with { Pgrp = job.Pgrp };
        var after = Fitted(action.Changes!.ApplyTo(before), job);
        if (WhyNotRun(job, after) is { } lacking)
        {
            return lacking;
        }

        if (WhyNotJoin(job, after.Pgrp) is { } refusal)
        {
            return refusal;
        }

        if (!IsAdministrator(action.Caller) && JobPolicy?.WhyNotModify(job, after, action.Caller.User) is { } unwanted)
        {
            return $"modify {job.Id}: {unwanted}";
        }

        affected.Add(job.Id.ToString());
        var told = string.Join(", ", action.Changes.Tell(before, after));
        if (told.Length == 0)
        {
            return null;
        }

        Reclassify(job, () =>
        {
            job.Modify(after, parsedWords);
            if (after.Pgrp != before.Pgrp)
            {
                Join(job, after.Pgrp);
            }

            if (after.Priority != before.Priority)
            {
                // Its place was one among jobs of the old priority.
                job.Order = 0;
            }
        });
        Resize(action, job, before.Cpus, now);
        WatchTimeouts(job, now);
        Record(job, -1, "", action.Caller, $"modified: {told}", now);
        JobHappened(job, EventNames.Modified);
        return null;
    }

    private static JobSpec Fitted(JobSpec spec, Job job)
        => job.Items is { } items && !KeepsCpus(job.Flags) ? spec with { Cpus = Math.Min(spec.Cpus, items.Count) } : spec;

    private static string? WhyNotRun(Job job, JobSpec spec) => spec.Prototype is "cmdline" or "cmdrange" && string.IsNullOrWhiteSpace(spec.Command)
        ? $"modify {job.Id}: package.cmdline is missing; a package is replaced whole, give the command to run with it"
        : null;

    private string? WhyNotJoin(Job job, long pgrp)
    {
        if (pgrp == job.Pgrp)
        {
            return null;
        }

        var members = jobs.Values.Where(other => other.Pgrp == pgrp).ToList();
        if (members.Count == 0 && pgrp != job.Id.Value)
        {
            return $"modify {job.Id}: there is no process group {pgrp}; name one that a job is in, or {job.Id} for one of its own";
        }

        return job.Spec.Label.Length > 0 && members.Exists(other => other.Label == job.Label)
            ? $"modify {job.Id}: process group {pgrp} has a job with the label '{job.Label}' already; labels name one job each"
            : null;
    }

    private void Join(Job job, long pgrp)
    {
        var taken = jobs.Values.Where(other => other != job && other.Pgrp == pgrp).Select(other => other.Label).ToHashSet(StringComparer.Ordinal);
        for (var number = 0; taken.Contains(job.Label); number++)
        {
            job.Label = $"qube{number}";
        }

        job.Pgrp = pgrp;
    }

    /// <summary>What dispatch knows of the job is of before <paramref name="change"/> or of after it, never a mixture: its class, its place in line, what its runs count for.</summary>
    private void Reclassify(Job job, Action change)
    {
        EndWaiting(job);
        var placed = job.Instances.Where(instance => instance.IsPlaced).ToList();
        foreach (var instance in placed)
        {
            instance.Worker!.Class.Running.Remove(instance);
            CountPlaced(job, instance, -1);
        }

        index.Forget(job);
        change();
        index.Classify(job);
        foreach (var instance in placed)
        {
            instance.PlacedBy = PlaceInLine(instance, instance.Worker!);
            instance.Worker!.Class.Running.Add(instance);
            CountPlaced(job, instance, 1);
            CountLent(instance);
        }

        if (placed.Count > 0)
        {
            // Others may outrank what runs who did not before.
            index.WakeAll();
        }

        MarkDirty(job);
        Unsettle(job);
    }

    /// <summary>More instances wait for hosts at once; of fewer the last ones retire. What retired so comes back when it is wanted again.</summary>
    private void Resize(FarmAction action, Job job, int before, Now now)
    {
        var (had, wanted) = (job.Instances.Length, job.Spec.Cpus);
        job.GrowTo(wanted);
        for (var sub = before; sub < wanted; sub++)
        {
            var instance = job.Instances[sub];
            if (instance.IsSecondary && TakeAsPrimary(instance))
            {
                continue;
            }

            if (sub >= had || WasSurplus(instance))
            {
                instance.IsRetired = false;
                SetStatus(instance, job.Hold is Hold.None or Hold.Suspended ? Status.Pending : Status.Blocked, "");
            }
            else if (instance.Leaving == Status.Complete)
            {
                instance.IsRetired = false;
                instance.Leaving = null;
                MarkDirty(instance);
            }
        }

        for (var sub = wanted; sub < before; sub++)
        {
            var instance = job.Instances[sub];
            if (instance.Status == Status.Suspended)
            {
                // It would keep its item for ever.
                StopRun(instance, "no more wanted", ItemState.Pending);
                instance.IsRetired = true;
                SetStatus(instance, Status.Complete, "no more wanted");
            }
            else if (!instance.Status.IsDone())
            {
                ActOn(action with { Verb = Verb.Retire }, instance, isNamed: true, now);
            }
            else if (instance.Status == Status.Complete)
            {
                instance.IsRetired = true;
                MarkDirty(instance);
            }
        }
    }

    /// <summary>Without an agenda what has run has done its part.</summary>
    private static bool WasSurplus(Instance instance) => instance is { Status: Status.Complete, IsRetired: true } && (instance.Job.HasAgenda || instance.Run == 0);

    /// <summary>The job wants fewer instances by now: it does not come back with the whole job.</summary>
    private static bool IsSurplus(Verb verb, Instance instance) => verb is Verb.Retry or Verb.Requeue && instance.Sub >= instance.Job.Spec.Cpus;
}
