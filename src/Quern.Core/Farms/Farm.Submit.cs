using Quern.Core.Dependencies;
using Quern.Core.Jobs;
using Quern.Core.Permissions;

namespace Quern.Core.Farms;

public sealed partial class Farm
{
    /// <summary>
    /// Accepts all jobs of a submission or none. The same request id again returns what it made the first time. Refused: a dependency on a job
    /// that is not there, a cycle among the submission's own jobs, a label used twice in a process group, a process group that does not exist; a caller who
    /// may not submit, or not as another; any submission while the supervisor takes none.
    /// </summary>
    public SubmitResult Submit(Submission submission, Now now)
    {
        if (requests.TryGetValue(submission.RequestId, out var seen))
        {
            var ids = seen.JobIds.Split(',').Select(text => new JobId(long.Parse(text))).ToList();
            return new SubmitResult(ids, FindJob(ids[0])?.Pgrp ?? ids[0].Value, true, null);
        }

        if (WhyNotSubmit(submission) is { } missing)
        {
            return new SubmitResult([], 0, false, missing, IsForbidden: true);
        }

        var first = lastJob + 1;
        var pgrp = submission.Jobs.Select(spec => spec.Pgrp).FirstOrDefault(given => given > 0, first);
        var labels = LabelsOf(submission, first, pgrp, out var refusal);
        var parsed = new DependencyExpression?[submission.Jobs.Count];
        for (var at = 0; at < parsed.Length && refusal is null; at++)
        {
            parsed[at] = ParseDependency(submission.Jobs[at], labels, first, submission.Jobs.Count, out refusal);
        }

        refusal ??= CycleIn(parsed, first);
        if (refusal is not null)
        {
            return SubmitResult.Refused(refusal);
        }

        var accepted = new List<JobId>();
        for (var at = 0; at < parsed.Length; at++)
        {
            accepted.Add(Accept(submission, submission.Jobs[at], parsed[at], pgrp, labels, now).Id);
        }

        var request = new RequestRow(submission.RequestId, now.Unix, string.Join(",", accepted));
        requests.Add(request.RequestId, request);
        turn.Rows.Requests.Add(request);
        return new SubmitResult(accepted, pgrp, false, null);
    }

    private string? WhyNotSubmit(Submission submission)
    {
        var caller = submission.Caller;
        if (RejectsSubmissions && !IsAdministrator(caller))
        {
            return "the submission is refused: the supervisor takes none now (reject_submit); submit again when an administrator has let them in";
        }

        if (MayDo(caller, Permission.SubmitJob) is { } missing)
        {
            return $"the submission is refused: {missing}";
        }

        var other = submission.Jobs.FirstOrDefault(spec => spec.User != caller.User)?.User;
        return other is not null && MayDo(caller, Permission.Impersonate) is { } lacking ? $"the submission is refused: {caller.User} may not submit as {other}: {lacking}, or submits it" : null;
    }

    private Dictionary<string, JobId> LabelsOf(Submission submission, long first, long pgrp, out string? refusal)
    {
        refusal = null;
        var labels = new Dictionary<string, JobId>();
        if (pgrp != first)
        {
            foreach (var job in jobs.Values)
            {
                if (job.Pgrp == pgrp)
                {
                    labels[job.Label] = job.Id;
                }
            }

            if (labels.Count == 0)
            {
                refusal = $"there is no process group {pgrp}: leave --pgrp out to start a new one";
                return labels;
            }
        }

        for (var at = 0; at < submission.Jobs.Count; at++)
        {
            var label = submission.Jobs[at].Label;
            if (label.Length > 0 && !labels.TryAdd(label, new JobId(first + at)))
            {
                refusal = $"label '{label}' is used twice in process group {pgrp}: labels name one job each, give the other a name of its own";
                return labels;
            }
        }

        return labels;
    }

    private DependencyExpression? ParseDependency(JobSpec spec, Dictionary<string, JobId> labels, long first, int count, out string? refusal)
    {
        refusal = null;
        if (spec.Dependency.Length == 0)
        {
            return null;
        }

        var expression = DependencyExpression.Parse(spec.Dependency, label => labels.TryGetValue(label, out var id) ? id : null, out refusal);
        if (expression is null)
        {
            return null;
        }

        foreach (var term in expression.Terms)
        {
            var isOwn = term.Job.Value >= first && term.Job.Value < first + count;
            var target = FindJob(term.Job);
            if (!isOwn && target is null)
            {
                refusal = $"dependency on job {term.Job}: there is no such job; list the jobs there are with qbjobs --user all";
            }
            else if (target is not null && term.Kind == DependencyKind.Item && !(target.Agenda?.TryIndexOf(term.Extra, out _) ?? false))
            {
                refusal = $"dependency on item {term.Job}:{term.Extra}: job {term.Job} has no item of that name";
            }
            else if (target is not null && term.Kind == DependencyKind.EachItem && (target.Agenda is null || spec.Agenda.Length == 0))
            {
                refusal = $"dependency on the items of job {term.Job}: both jobs need an agenda for that, depend on link-complete-job-{term.Job} instead";
            }
        }

        return expression;
    }

    private static string? CycleIn(DependencyExpression?[] parsed, long first)
    {
        // Jobs that exist cannot depend on these, so a cycle lies among these. 0 = new, 1 = on the path, 2 = known to end.
        var marks = new int[parsed.Length];
        string? found = null;
        for (var at = 0; at < parsed.Length; at++)
        {
            Visit(at);
        }

        return found;

        void Visit(int at)
        {
            if (marks[at] == 2 || found is not null)
            {
                return;
            }

            if (marks[at] == 1)
            {
                found = $"the dependencies of the jobs of this submission go round in a circle through job number {at + 1}: one of them has to start without the others";
                return;
            }

            marks[at] = 1;
            foreach (var term in parsed[at]?.Terms ?? [])
            {
                var next = term.Job.Value - first;
                if (next >= 0 && next < parsed.Length)
                {
                    Visit((int)next);
                }
            }

            marks[at] = 2;
        }
    }

    private Job Accept(Submission submission, JobSpec asked, DependencyExpression? dependency, long pgrp, Dictionary<string, JobId> labels, Now now)
    {
        var items = asked.Agenda.Length == 0 ? 0 : Agendas.Agenda.Load(asked.Agenda).Count;
        var spec = items > 0 && !asked.Flags.Contains("disable_cpu_limit") ? asked with { Cpus = Math.Min(asked.Cpus, items) } : asked;
        var label = spec.Label;
        for (var number = 0; label.Length == 0 || (spec.Label.Length == 0 && labels.ContainsKey(label)); number++)
        {
            label = $"qube{number}";
        }

        var job = new Job(new JobId(++lastJob), spec) { Pgrp = pgrp, Label = label, SubmittedMs = now.Unix, IsNew = true, Dependency = dependency };
        labels[label] = job.Id;
        jobs.Add(job.Id.Value, job);
        Watch(job);
        if (spec.StartsBlocked)
        {
            HoldJob(job, Hold.User);
        }
        else if (dependency is not null && !Holds(dependency))
        {
            HoldJob(job, Hold.Dependency);
        }

        if (dependency is not null && dependency.HasEachItem && job.Items is { } table)
        {
            table.SetUntouched(ItemState.Blocked);
        }

        MarkDirty(job);
        Unsettle(job);
        Record(job, -1, "", submission.Caller, $"job submitted: {(job.Hold == Hold.None ? "pending" : "blocked")} from {submission.Caller.From}{(spec.User == submission.Caller.User ? "" : $", as {spec.User}")}", now);
        return job;
    }

    /// <summary>A held job's instances and items are blocked; which items wait for others stays as it is.</summary>
    private void HoldJob(Job job, Hold hold)
    {
        job.Hold = hold;
        foreach (var instance in job.Instances)
        {
            if (instance.Status is Status.Pending or Status.BadLogin)
            {
                SetStatus(instance, Status.Blocked, hold == Hold.Dependency ? "waits for its dependency" : "");
            }
        }

        MarkDirty(job);
    }
}
