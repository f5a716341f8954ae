using Quern.Core.Dispatch;
using Quern.Core.Expressions;
using Quern.Core.Jobs;
using Quern.Core.Workers;

namespace Quern.Core.Farms;

/// <summary>
/// What of new jobs no host could satisfy that is known now. Qube refuses such jobs; here it is said and the job waits: the host may be switched off today, or
/// join tomorrow. Source: reference, qube-jobs 11.1.
/// </summary>
public sealed partial class Farm
{
    /// <summary>Jobs of one submission are mostly alike; of more kinds than this the first are looked at, so that a turn stays short.</summary>
    private const int MostDoubts = 20;

    public IReadOnlyList<string> DoubtsAbout(IEnumerable<JobId> ids)
    {
        var alike = ids.Select(FindJob).OfType<Job>().Where(job => !job.Status.IsDone())
            .GroupBy(job => (job.Spec.Prototype, job.Spec.Hosts, job.Spec.Requirements, job.Spec.Reservations, job.Spec.Processors)).Select(kind => kind.First());
        return workers.Count == 0 ? [] : [.. alike.Take(MostDoubts).SelectMany(DoubtsAbout)];
    }

    private IEnumerable<string> DoubtsAbout(Job job)
    {
        var unknown = job.Hosts?.Names.Where(name => !workers.Values.Any(worker => string.Equals(worker.Name, name, StringComparison.OrdinalIgnoreCase))).ToList() ?? [];
        if (unknown.Count > 0)
        {
            yield return $"job {job.Id} wants hosts that nobody knows: {string.Join(", ", unknown.Select(name => name + Spelling.Hint(name, workers.Values.Select(worker => worker.Name))))}";
        }

        if (!workers.Values.Any(worker => DispatchRules.HasJobType(worker.Facts, job.Spec.Prototype)))
        {
            var known = workers.Values.SelectMany(worker => worker.Facts.JobTypes.Split(',')).Where(name => name.Length > 0).Distinct();
            yield return $"job {job.Id} waits: no host has job type '{job.Spec.Prototype}'{Spelling.Hint(job.Spec.Prototype, known)}; install it in a folder of worker_template_path";
        }

        if (job.Requirement is { } requirement && !workers.Values.Any(worker => requirement.Holds(job, worker)))
        {
            yield return $"job {job.Id} waits: no host meets its requirements now: {requirement.Text}";
        }

        var slots = workers.Values.Max(worker => worker.Facts.Slots);
        if (job.Reservations.Slots.Minimum > slots)
        {
            yield return $"job {job.Id} waits: an instance takes {job.Reservations.Slots.Minimum} slots, and no host has more than {slots}";
        }

        foreach (var demand in job.Reservations.Others.Where(demand => demand.Class == ResourceClass.Host))
        {
            if (!workers.Values.Any(worker => HostResources.Total(worker, demand.Name) >= demand.Amount))
            {
                yield return $"job {job.Id} waits: no host has {demand}{Spelling.Hint(demand.Name, workers.Values.First().Facts.Resources.Keys.Append("memory").Append("swap"))}";
            }
        }
    }
}
