using Quern.Core.Dispatch;
using Quern.Core.Expressions;
using Quern.Core.Jobs;
using Quern.Core.Workers;

namespace Quern.Core.Farms;

/// <summary>Dispatch asked to explain: the same questions, answered in sentences.</summary>
public sealed partial class Farm
{
    private const int ExamplesShown = 5;

    /// <summary>Why a waiting job waits, in one line; <c>none</c> when it does not wait.</summary>
    public string ReasonOf(Job job)
    {
        var (reason, _) = WhyHeld(job);
        if (reason.Length > 0)
        {
            return reason;
        }

        if (job.Status != Status.Pending)
        {
            return "none";
        }

        return job.Requirement is { } requirement && !AnyHostIsFor(job) ? $"no host meets its requirements: {requirement.Text}" : "no available hosts to run job.";
    }

    /// <summary>Why a job, one of its instances or items waits, for all hosts or one of them.</summary>
    /// <returns>Null and a refusal when there is no such thing.</returns>
    public WhyReport? Why(Target target, string? host, Now now, out string? refusal)
    {
        if (FindJob(target.Job) is not { } job)
        {
            refusal = $"why {target}: there is no job {target.Job}; list the jobs there are with qbjobs --user all";
            return null;
        }

        if (target.Sub is { } sub && (sub < 0 || sub >= job.Instances.Length))
        {
            refusal = $"why {target}: job {job.Id} has instances 0 to {job.Instances.Length - 1}";
            return null;
        }

        if ((refusal = WhyNoHost(target.ToString(), host)) is not null)
        {
            return null;
        }

        var item = -1;
        if (target.Items is { } name && (job.Agenda is null || !job.Agenda.TryIndexOf(name, out item)))
        {
            refusal = $"why {target}: job {job.Id} has no item '{name}'; list them with qbjobs --long {job.Id}";
            return null;
        }

        refusal = null;
        var eta = EstimateEnd(job, now);
        var (reason, remedy) = item >= 0 ? WhyItem(job, item, now) : target.Sub is { } number ? WhyInstance(job.Instances[number]) : ("", "");
        if (reason.Length == 0)
        {
            (reason, remedy) = WhyHeld(job);
        }

        if (reason.Length == 0)
        {
            (reason, remedy) = WhyNoPlaceWanted(job);
        }

        if (reason.Length > 0)
        {
            return new WhyReport(target.ToString(), !IsOver(job, target.Sub, item), reason, remedy, [], -1, eta);
        }

        return Explain(target.ToString(), job, host, eta, now);
    }

    /// <summary>The same for jobs that were not submitted, as if each were there alone; nothing is changed.</summary>
    /// <returns>A refusal instead: the caller may not submit them, which is one of rights, or there is no such host.</returns>
    public (IReadOnlyList<WhyReport> Reports, string? Refusal, bool IsForbidden) Why(Submission submission, string? host, Now now)
        => WhyNotSubmit(submission) is { } missing ? ([], missing, true)
            : WhyNoHost("of a new job", host) is { } unknown ? ([], unknown, false)
            : ([.. submission.Jobs.Select(spec => Why(spec, host, now))], null, false);

    private string? WhyNoHost(string what, string? host)
        => host is null || index.Named(host).Count > 0 ? null : $"why {what}: there is no host {host}{Spelling.Hint(host, workers.Values.Select(worker => worker.Name))}; list them with qbhosts";

    /// <summary>For a job that was not submitted: what hosts say to it.</summary>
    public WhyReport Why(JobSpec spec, string? host, Now now)
    {
        var job = new Job(new JobId(0), spec, parsedWords);
        index.Classify(job);
        index.RefreshClasses(workers.Values);
        index.RefreshMoved();

        var subject = spec.Name.Length > 0 ? $"new job '{spec.Name}'" : "new job";
        var report = spec.StartsBlocked ? new WhyReport(subject, true, "it would be blocked: it is submitted so", "submit it without --status blocked", [], -1, 0) : Explain(subject, job, host, 0, now);
        index.Forget(job);
        return report;
    }

    /// <summary>When the job should be over, Unix ms: what is left at the mean duration so far, shared by the instances that run now; 0 = nothing to go by.</summary>
    public static long EstimateEnd(Job job, Now now)
    {
        var running = job.Tally[Status.Running];
        return job.Items is { } items && running > 0 && job.MeanItemMs > 0 && !job.Status.IsDone()
            ? now.Unix + (long)((items.Active - items.CountOf(ItemState.Blocked)) * job.MeanItemMs / running)
            : 0;
    }

    private static bool IsOver(Job job, int? sub, int item)
        => item >= 0 ? job.Items![item].State is ItemState.Complete or ItemState.Failed or ItemState.Killed or ItemState.Running
        : sub is { } number ? job.Instances[number].Status is var status && (status.IsDone() || status == Status.Running)
        : job.Status.IsDone() || (job.Status == Status.Running && !WantsPlace(job));

    private WhyReport Explain(string subject, Job job, string? host, long eta, Now now)
    {
        var found = new Dictionary<Fit, (int Count, Worker First, List<string> Names)>();
        foreach (var worker in host is null ? workers.Values : index.Named(host))
        {
            var fit = FitOf(job, worker, now);
            var (count, first, names) = found.TryGetValue(fit, out var seen) ? seen : (0, worker, []);
            if (names.Count < ExamplesShown)
            {
                names.Add(worker.Name);
            }

            found[fit] = (count + 1, first, names);
        }

        var hosts = found.OrderByDescending(pair => pair.Value.Count).Select(pair =>
        {
            var (reason, remedy) = Explain(pair.Key, job, pair.Value.First, now);
            return new WhyHosts(pair.Key, pair.Value.Count, reason, remedy, pair.Value.Names);
        }).ToList();
        var before = JobsBefore(job);
        if (IsActivityStopped)
        {
            return new WhyReport(subject, true, "nothing is dispatched: the supervisor is set to stop_activity", "qbadmin supervisor --unset stop_activity", hosts, before, eta);
        }

        if (hosts.Count == 0)
        {
            return new WhyReport(subject, true, "no worker has joined the farm", "start one with 'quern worker', see docs/installation.md", hosts, before, eta);
        }

        // What is nearest to letting it run says most: the last question that a host came to.
        var nearest = hosts.MaxBy(entry => entry.Fit == Fit.Fits ? int.MaxValue : (int)entry.Fit)!;
        return nearest.Fit == Fit.Fits
            ? new WhyReport(subject, true, $"it can start on {nearest.Examples[0]} now", "", hosts, before, eta)
            : new WhyReport(subject, true, nearest.Count == 1 ? nearest.Reason : $"{nearest.Count} hosts could take it but for this: {nearest.Reason}", nearest.Remedy, hosts, before, eta);
    }

    /// <summary>What keeps the whole job, whatever the hosts are; empty = nothing.</summary>
    private (string Reason, string Remedy) WhyHeld(Job job)
    {
        if (job.Status == Status.BadLogin)
        {
            return (job.Instances.First(instance => instance.Status == Status.BadLogin).Reason, "");
        }

        if (job.Hold == Hold.Dependency)
        {
            var missing = job.Dependency!.Terms.Where(term => FindJob(term.Job) is null).Select(term => term.Job.ToString()).Distinct().ToList();
            return missing.Count > 0
                ? ($"waits for job {string.Join(", ", missing)}, which was removed: unblock it to run it all the same", $"qbunblock {job.Id}")
                : ($"waits for {job.Dependency}", $"qbunblock {job.Id} runs it without waiting");
        }

        if (job.Status == Status.Blocked)
        {
            return job.Hold == Hold.User ? ("blocked: unblock it to run it", $"qbunblock {job.Id}") : ("its items wait for those of other jobs", "");
        }

        if (job.Status == Status.Suspended || job.Hold == Hold.Suspended)
        {
            return ("suspended: resume it to go on", $"qbresume {job.Id}");
        }

        return ("", "");
    }

    /// <summary>It is over, or all that could start runs; empty = it wants a place.</summary>
    private static (string Reason, string Remedy) WhyNoPlaceWanted(Job job)
    {
        var running = job.Tally[Status.Running];
        return job.Status.IsDone() ? ($"{job.Id} is {job.Status.Word()}", job.Status == Status.Complete ? "" : $"qbretry {job.Id}")
            : WantsPlace(job) ? ("", "")
            : running > 0 ? ($"{job.Id} runs on {(running == 1 ? "1 instance" : $"{running} instances")}, all that it asks for or has items for", $"qbmodify --mcpus N {job.Id} gives it more")
            : ($"{job.Id} has nothing that could start now: its items are given out, blocked, or wait to be tried again", $"quern why {job.Id}:ITEM says it of one");
    }

    private static (string Reason, string Remedy) WhyInstance(Instance instance) => instance.Status switch
    {
        Status.Running => ($"{instance.Id} runs on {instance.Worker!.Name}", ""),
        Status.Blocked => ($"{instance.Id} is blocked{(instance.Reason.Length > 0 ? ": " + instance.Reason : "")}", $"qbunblock {instance.Id}"),
        Status.Suspended => ($"{instance.Id} is suspended on {instance.Worker!.Name}", $"qbresume {instance.Id}"),
        Status.BadLogin => (instance.Reason, ""),
        Status.Complete or Status.Failed or Status.Killed => ($"{instance.Id} is {instance.Status.Word()}{(instance.Reason.Length > 0 ? ": " + instance.Reason : "")}", $"qbretry {instance.Id}"),
        _ => ("", ""),
    };

    private static (string Reason, string Remedy) WhyItem(Job job, int index, Now now)
    {
        var item = job.Items![index];
        var name = $"{job.Id}:{job.Agenda![index].Name}";
        return item.State switch
        {
            ItemState.Running => ($"{name} runs on instance {item.Sub}", ""),
            ItemState.Leased => ($"{name} is with instance {job.Id}.{item.Sub}, next to what that runs", ""),
            ItemState.Blocked when job.Delayed.FirstOrDefault(delayed => delayed.Item == index) is { DueMs: > 0 } delayed =>
                ($"{name} is tried again in {Math.Max(0, delayed.DueMs - now.Monotonic) / 1000} s", $"qbretry {name} tries it at once"),
            ItemState.Blocked => (job.Dependency?.HasEachItem == true ? $"{name} waits for the item of that name in {job.Dependency}" : $"{name} is blocked", $"qbunblock {name}"),
            ItemState.Complete or ItemState.Failed or ItemState.Killed => ($"{name} is {StatusOfItem(item.State).Word()}{(item.Reason is { Length: > 0 } reason ? ": " + reason : "")}", $"qbretry {name}"),
            ItemState.Untouched or ItemState.Pending when job.Tally[Status.Running] > 0 && job.Tally.Placeable == 0 =>
                ($"{name} waits its turn: all {job.Tally[Status.Running]} instances of the job are busy, {job.Items.Pending} items wait", $"qbmodify --mcpus N {job.Id} gives it more instances"),
            _ => ("", ""),
        };
    }

    private bool AnyHostIsFor(Job job)
    {
        foreach (var worker in workers.Values)
        {
            if (worker.CanTake && IsFor(job, worker))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Jobs in line that go first on a host where both could run; -1 = the job is not in line, or a policy of the site says so host by host.</summary>
    private int JobsBefore(Job job)
    {
        if (!job.IsInLine || IsOrderedByPolicy)
        {
            return -1;
        }

        var mine = new QueueKey(0, 0, LinePriority(job), LineOrderOf(job), job.Id.Value);
        var count = 0;
        foreach (var its in index.Ready)
        {
            foreach (var other in its.Line)
            {
                if (!new QueueKey(0, 0, LinePriority(other), LineOrderOf(other), other.Id.Value).GoesBefore(mine))
                {
                    break;
                }

                count++;
            }
        }

        return count;
    }
}
