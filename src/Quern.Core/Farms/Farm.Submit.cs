using Quern.Core.Dependencies;
using Quern.Core.Jobs;
using Quern.Core.Permissions;
using Quern.Core.Triggers;

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
        var specs = submission.Jobs.Select(WithSiteCallbacks).ToList();
        var parsed = new DependencyExpression?[specs.Count];
        var triggers = new IReadOnlyList<TriggerExpression>[specs.Count];
        for (var at = 0; at < parsed.Length && refusal is null; at++)
        {
            var words = new SubmittedWords(first, specs, labels, at);
            parsed[at] = ParseDependency(words, out refusal);
            triggers[at] = refusal is null ? ParseTriggers(words, out refusal) : [];
        }

        refusal ??= CycleIn(parsed, first);
        if (refusal is not null)
        {
            return SubmitResult.Refused(refusal);
        }

        var accepted = new List<JobId>();
        for (var at = 0; at < parsed.Length; at++)
        {
            var job = Accept(specs[at], parsed[at], pgrp, labels, now);
            job.Callbacks = [.. triggers[at].Select((trigger, id) => new Callback(id, job, specs[at].Callbacks[id], trigger, OwnerOf(specs[at].Callbacks[id], specs[at])) { CreatedMs = now.Unix })];
            accepted.Add(job.Id);
        }

        // Only now does each find the others.
        accepted.ForEach(id => Begin(FindJob(id)!, submission.Caller, now));
        var request = new RequestRow(submission.RequestId, now.Unix, string.Join(",", accepted));
        KeepRequest(request);
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

        if (submission.Jobs.Any(spec => spec.Callbacks.Count > 0) && MayDo(caller, Permission.SubmitCallback) is { } without)
        {
            return $"the submission is refused: it has callbacks: {without}";
        }

        if (submission.Jobs.Any(spec => spec.Flags.Contains("elite")) && !IsAdministrator(caller))
        {
            return "the submission is refused: the flag elite is for administrators; leave it out, or ask one to submit the job";
        }

        var other = submission.Jobs.SelectMany(spec => spec.Callbacks.Select(callback => OwnerOf(callback, spec)).Prepend(spec.User)).FirstOrDefault(user => user != caller.User);
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

    private DependencyExpression? ParseDependency(SubmittedWords words, out string? refusal)
    {
        refusal = null;
        var spec = words.Spec;
        if (spec.Dependency.Length == 0)
        {
            return null;
        }

        if (!options.Languages.HasFlag(CallbackLanguages.Dependency))
        {
            refusal = "dependencies are switched off on this farm (supervisor_language_flags has no 'dependency'); submit the job blocked and unblock it, or ask an administrator";
            return null;
        }

        var expression = DependencyExpression.Parse(spec.Dependency, words.Context, out refusal);
        foreach (var term in expression?.Terms ?? [])
        {
            if (!TryAgenda(words, term.Job, out var agenda))
            {
                refusal = $"dependency on job {term.Job}: there is no such job; list the jobs there are with qbjobs --user all";
            }
            else if (term.Kind == DependencyKind.Item && !(agenda?.TryIndexOf(term.Extra, out _) ?? false))
            {
                refusal = $"dependency on item {term.Job}:{term.Extra}: job {term.Job} has no item of that name";
            }
            else if (term.Kind == DependencyKind.EachItem && (agenda is null || spec.Agenda.Length == 0))
            {
                refusal = $"dependency on the items of job {term.Job}: both jobs need an agenda for that, depend on link-complete-job-{term.Job} instead";
            }
        }

        return refusal is null ? expression : null;
    }

    private IReadOnlyList<TriggerExpression> ParseTriggers(SubmittedWords words, out string? refusal)
    {
        var triggers = new List<TriggerExpression>();
        for (var at = 0; at < words.Spec.Callbacks.Count; at++)
        {
            var callback = words.Spec.Callbacks[at];
            var trigger = TriggerExpression.Parse(callback.Triggers, words.Context, out refusal);
            refusal ??= CallbackLanguage.WhyNot(callback);
            foreach (var pattern in trigger?.Events ?? [])
            {
                refusal ??= pattern.Job.Value == 0 ? null
                    : !TryAgenda(words, pattern.Job, out var agenda) ? $"there is no job {pattern.Job}; list the jobs there are with qbjobs --user all"
                    : WhyNot(pattern, agenda);
            }

            if (refusal is not null)
            {
                refusal = $"callback {at + 1} is refused: {refusal}";
                return [];
            }

            triggers.Add(trigger!);
        }

        refusal = null;
        return triggers;
    }

    /// <summary>The agenda of a job that is there or comes with the same submission; false when there is no such job.</summary>
    private bool TryAgenda(SubmittedWords words, JobId id, out Agendas.Agenda? agenda)
    {
        agenda = FindJob(id)?.Agenda;
        return agenda is not null || FindJob(id) is not null || words.TryAgenda(id, out agenda);
    }

    /// <summary>What the submission brought, the site's callbacks, and the mail that flag <c>mail</c> asks for.</summary>
    private JobSpec WithSiteCallbacks(JobSpec spec)
    {
        var all = spec.Callbacks.Concat(options.UniversalCallbacks.Where(callback => spec.Pid > 1 || !callback.Triggers.Contains("-parent", StringComparison.Ordinal))).ToList();
        if (spec.Flags.Contains("mail"))
        {
            all.Add(new CallbackSpec { Triggers = "done-job-self", Language = CallbackLanguages.Mail, Source = "flag mail" });
        }

        return all.Count == spec.Callbacks.Count ? spec : spec with { Callbacks = all };
    }

    private static string OwnerOf(CallbackSpec callback, JobSpec spec) => callback.User.Length > 0 ? callback.User : spec.User;

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

    private Job Accept(JobSpec asked, DependencyExpression? dependency, long pgrp, Dictionary<string, JobId> labels, Now now)
    {
        var items = asked.Agenda.Length == 0 ? 0 : Agendas.Agenda.Load(asked.Agenda).Count;
        var flags = JobFlagNames.Parse(asked.Flags, out _) ?? JobFlags.None;
        var spec = flags.HasFlag(JobFlags.HostList) ? asked with { Cpus = 1 } : items > 0 && !KeepsCpus(flags) ? asked with { Cpus = Math.Min(asked.Cpus, items) } : asked;
        var label = spec.Label;
        for (var number = 0; label.Length == 0 || (spec.Label.Length == 0 && labels.ContainsKey(label)); number++)
        {
            label = $"qube{number}";
        }

        var job = new Job(new JobId(++lastJob), spec, parsedWords) { Pgrp = pgrp, Label = label, SubmittedMs = now.Unix, IsNew = true, Dependency = dependency };
        labels[label] = job.Id;
        Add(job);
        if (job.IsOncePerHost)
        {
            // One for each host it names, there or not; else for each that could take it now.
            var hosts = job.Hosts is { } named ? named.Names.Count : workers.Values.Count(worker => worker.Class is not null && IsFor(job, worker));
            job.Modify(job.Spec with { Cpus = Math.Clamp(hosts, 1, options.MaxInstances) }, parsedWords);
            job.GrowTo(job.Spec.Cpus);
        }

        return job;
    }

    /// <summary>The job has as many instances as it asks for, however few items there are.</summary>
    private static bool KeepsCpus(JobFlags flags) => (flags & (JobFlags.DisableCpuLimit | JobFlags.HostList)) != 0;

    private void Begin(Job job, Caller caller, Now now)
    {
        ListenByDependency(job);
        SatisfyByPresent(job);
        if (job.Spec.StartsBlocked)
        {
            HoldJob(job, Hold.User);
        }
        else if (job.Dependency is { IsFree: false })
        {
            HoldJob(job, Hold.Dependency);
        }

        if (job.Items is { } items && (job.Dependency is { HasEachItem: true } || (job.Spec.StartsBlocked && UnblocksItems(job))))
        {
            items.SetUntouched(ItemState.Blocked);
        }

        MarkDirty(job);
        Unsettle(job);
        Record(job, -1, "", caller, $"job submitted: {(job.Hold == Hold.None ? "pending" : "blocked")} from {caller.From}{(job.Spec.User == caller.User ? "" : $", as {job.Spec.User}")}", now);
        ReleaseFreeItems(job, now);
        foreach (var callback in job.Callbacks)
        {
            Listen(callback);
        }

        foreach (var callback in job.Callbacks)
        {
            HearPresent(callback, now);
        }

        JobHappened(job, EventNames.Submit);
    }

    /// <summary>A blocked job whose callbacks unblock single items has each of them blocked: the first must not free them all.</summary>
    private static bool UnblocksItems(Job job)
        => job.Callbacks.Any(callback => callback.Codes.Any(code => code is { Word: "unblock", Target: CodeTarget.Work }));

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
