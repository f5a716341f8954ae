using Quern.Core.Expressions;
using Quern.Core.Jobs;
using Quern.Core.Workers;

namespace Quern.Core.Farms;

/// <summary>
/// Which instance goes where: jobs by priority, then order, then id; each instance to the host with most free slots. Filter (<see cref="MayRunOn"/>), order
/// and choice are apart, so that a refusal can be named.
/// </summary>
public sealed partial class Farm
{
    /// <summary>The job has an instance that could start now.</summary>
    private static bool WantsPlace(Job job)
    {
        if (job.Hold != Hold.None || job.Items is { Pending: 0 })
        {
            return false;
        }

        return job.Tally.Placeable > 0;
    }

    /// <returns>True when something was placed or refused, so that statuses have to be settled again.</returns>
    private bool Dispatch(Now now)
    {
        var isChanged = false;
        var free = workers.Values.Where(worker => worker.CanTake).Sum(worker => worker.SlotsFree);
        foreach (var (_, _, id) in ready.ToList())
        {
            var job = jobs[id];
            if (free < job.Spec.Processors && job.Refusals.Count == 0)
            {
                if (free == 0)
                {
                    break;
                }

                continue;
            }

            foreach (var instance in job.Instances)
            {
                if (!instance.IsPlaceable || job.Items is { Pending: 0 })
                {
                    continue;
                }

                var worker = ChooseHost(job, now);
                if (worker is null)
                {
                    isChanged |= ShowRefusals(job, now);
                    break;
                }

                Place(instance, worker, now);
                free -= job.Spec.Processors;
                isChanged = true;
            }
        }

        return isChanged;
    }

    private Worker? ChooseHost(Job job, Now now)
    {
        Worker? best = null;
        foreach (var worker in workers.Values)
        {
            if (worker.CanTake && worker.SlotsFree >= job.Spec.Processors && MayRunOn(job, worker) && (best is null || worker.SlotsFree > best.SlotsFree) && MayLogOn(job, worker, now))
            {
                best = worker;
            }
        }

        return best;
    }

    private static bool MayRunOn(Job job, Worker worker) => !job.Refusals.ContainsKey(worker.Id) && IsFor(job, worker);

    /// <summary>The job asks for such a host, whatever it runs now.</summary>
    private static bool IsFor(Job job, Worker worker)
        => (job.Spec.Hosts.Length == 0 || HasName(job.Spec.Hosts, worker.Name))
        && (job.Spec.OmitHosts.Length == 0 || !HasName(job.Spec.OmitHosts, worker.Name))
        && (job.Requirement is null || Meets(job, job.Requirement, worker));

    private static bool Meets(Job job, Requirement requirement, Worker worker)
        => requirement.Holds(operand => HostOperands.IsOne(operand) ? HostOperands.Find(worker, operand) : JobOperands.Find(job, operand));

    private static bool HasName(string list, string name)
        => list.Split(',', StringSplitOptions.TrimEntries).Contains(name, StringComparer.OrdinalIgnoreCase);

    /// <summary>When every host that could take the job cannot log its account in, its waiting instances show it.</summary>
    private bool ShowRefusals(Job job, Now now)
    {
        var candidates = workers.Values.Where(worker => worker.CanTake && IsFor(job, worker)).ToList();
        if (candidates.Count == 0 || !candidates.TrueForAll(worker => job.Refusals.TryGetValue(worker.Id, out var refusal) && refusal.IsBadLogin))
        {
            return false;
        }

        var text = job.Refusals[candidates[0].Id].Text;
        var isChanged = false;
        foreach (var instance in job.Instances)
        {
            if (instance.IsPlaceable && instance.Status == Status.Pending)
            {
                SetStatus(instance, Status.BadLogin, text);
                if (instance.ToldBadLogin != text)
                {
                    instance.ToldBadLogin = text;
                    Record(job, instance.Sub, "", Caller.Farm, $"subjob state: badlogin: {text}", now);
                }

                isChanged = true;
            }
        }

        return isChanged;
    }

    private void Place(Instance instance, Worker worker, Now now)
    {
        var job = instance.Job;
        if (instance.Phase is RunPhase.Lost or RunPhase.Closing)
        {
            // Somebody else gets it: what the lost host still does counts for nothing.
            Send(instance.Worker!, new ForgetOrder(instance.RunId));
            LetGo(instance);
        }

        instance.Run++;
        instance.Worker = worker;
        instance.Phase = RunPhase.Starting;
        instance.Position = instance.OutputPosition = instance.OutputBytes = instance.OutputSeen = instance.HeardTo = 0;
        instance.StartedMs = now.Unix;
        instance.EndedMs = 0;
        instance.Account = "";
        worker.Instances.Add(instance);
        worker.SlotsUsed += job.Spec.Processors;
        SetStatus(instance, Status.Running, "");
        var items = job.Items is null ? [] : LeaseItems(job, job.Items, instance, LeaseDepth(job, job.Items));
        SendStart(worker, instance, items, now);
        if (instance.ToldReason is null)
        {
            Record(job, instance.Sub, "", Caller.Farm, $"started on: {worker.Name} ({worker.Facts.Address})", now);
        }
    }

    /// <summary>Why a waiting job waits, in one line; <c>none</c> when it does not wait.</summary>
    public string ReasonOf(Job job)
    {
        if (job.Status == Status.BadLogin)
        {
            return job.Instances.First(instance => instance.Status == Status.BadLogin).Reason;
        }

        if (job.Hold == Hold.Dependency)
        {
            var missing = job.Dependency!.Terms.Where(term => FindJob(term.Job) is null).Select(term => term.Job.ToString()).Distinct().ToList();
            return missing.Count > 0 ? $"waits for job {string.Join(", ", missing)}, which was removed: unblock it to run it all the same" : $"waits for {job.Dependency}";
        }

        if (job.Status == Status.Blocked)
        {
            return job.Hold == Hold.User ? "blocked: unblock it to run it" : "its items wait for those of other jobs";
        }

        if (job.Status == Status.Suspended || job.Hold == Hold.Suspended)
        {
            return "suspended: resume it to go on";
        }

        if (job.Status == Status.Pending && job.Requirement is { } requirement && !workers.Values.Any(worker => worker.CanTake && IsFor(job, worker)))
        {
            return $"no host meets its requirements: {requirement.Text}";
        }

        return job.Status == Status.Pending ? "no available hosts to run job." : "none";
    }
}
