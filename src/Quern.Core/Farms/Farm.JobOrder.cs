using Quern.Core.Dispatch;
using Quern.Core.Jobs;
using Quern.Core.Workers;

namespace Quern.Core.Farms;

/// <param name="Rank">How far the job's cluster is from the host, 1 = the same place; 0 where the queue takes no account of clusters.</param>
/// <param name="Fit">What keeps the job from the host now; <see cref="Fit.Fits"/> = nothing.</param>
/// <param name="Waiting">Instances that wait for a host.</param>
public sealed record JobOrderEntry(Job Job, int Rank, Fit Fit, int Waiting);

/// <summary>The line for one host, as dispatch sees it.</summary>
public sealed partial class Farm
{
    /// <summary>
    /// Jobs with instances that wait and that the host could run if it had room, the one that goes first there first. A job that the host is not for (its restrictions,
    /// groups, requirements ...) is not in the line.
    /// </summary>
    /// <param name="limit">Most entries.</param>
    public IReadOnlyList<JobOrderEntry> JobOrder(Worker worker, int limit, Now now)
    {
        var lines = new PriorityQueue<(IEnumerator<Job> Line, int Rank), QueueKey>();
        foreach (var its in index.Ready)
        {
            var match = index.Match(its, worker.Class);
            if (match.Fit == Fit.Fits && its.Line.GetEnumerator() is var line && line.MoveNext())
            {
                lines.Enqueue((line, match.Rank), KeyOf(line.Current, its, match.Rank));
            }
        }

        var policy = index.Rules.Policy is { ComparesJobs: true } compares ? compares : null;
        var found = new List<JobOrderEntry>();
        while ((found.Count < limit || policy is not null) && lines.TryDequeue(out var first, out _))
        {
            var (line, rank) = first;
            var job = line.Current;
            if (DispatchRules.FitOfHost(job.Class, job, worker) == Fit.Fits)
            {
                found.Add(new JobOrderEntry(job, rank, FitOf(job, worker, now), job.Tally.Placeable));
            }

            if (line.MoveNext())
            {
                lines.Enqueue((line, rank), KeyOf(line.Current, line.Current.Class, rank));
            }
        }

        return policy is null ? found : [.. ByPolicy(found, policy, worker).Take(limit)];
    }

    /// <summary>As the site's policy has it; what it does not tell apart stays as it was, and one that contradicts itself has no word.</summary>
    private static IReadOnlyList<JobOrderEntry> ByPolicy(List<JobOrderEntry> line, IDispatchPolicy policy, Worker worker)
    {
        try
        {
            return [.. line.Order(Comparer<JobOrderEntry>.Create((a, b) => policy.CompareJobs(a.Job, b.Job, worker)))];
        }
        catch (InvalidOperationException)
        {
            // The sort found the comparison inconsistent.
            return line;
        }
    }
}
