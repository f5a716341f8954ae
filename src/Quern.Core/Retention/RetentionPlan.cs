namespace Quern.Core.Retention;

/// <summary>A job that is over and that nobody waits for.</summary>
/// <param name="EndedMs">Unix ms.</param>
/// <param name="OutputBytes">What is kept of its output; 0 = none.</param>
public readonly record struct FinishedJob(JobId Id, long EndedMs, long OutputBytes);

/// <param name="Reason">Why it goes, half a sentence.</param>
public readonly record struct Expiry(FinishedJob Job, string Reason);

/// <summary>What goes by the rules. Looks at what it is given and changes nothing; the same for a look ahead as for the sweep itself.</summary>
public static class RetentionPlan
{
    /// <summary>Jobs that go, those that ended first before the others.</summary>
    public static IReadOnlyList<Expiry> Jobs(RetentionRules rules, IEnumerable<FinishedJob> finished, long nowMs)
    {
        var inOrder = InOrder(finished);
        var going = new List<Expiry>();
        foreach (var job in inOrder)
        {
            if (rules.JobDays > 0 && job.EndedMs < nowMs - (rules.JobDays * RetentionRules.DayMs))
            {
                going.Add(new Expiry(job, $"it ended more than {rules.JobDays} days ago (supervisor_keep_job_days)"));
            }
            else if (rules.JobCount > 0 && inOrder.Count - going.Count > rules.JobCount)
            {
                going.Add(new Expiry(job, $"there are more than {rules.JobCount} finished jobs (supervisor_keep_job_count)"));
            }
            else
            {
                break;
            }
        }

        return going;
    }

    /// <summary>Jobs whose output goes while they stay.</summary>
    /// <param name="stay">Finished jobs that do not go themselves.</param>
    /// <param name="allBytes">Output of all jobs that stay, those that are not over among them.</param>
    public static IReadOnlyList<Expiry> Outputs(RetentionRules rules, IEnumerable<FinishedJob> stay, long allBytes, long nowMs)
    {
        var going = new List<Expiry>();
        var left = allBytes;
        foreach (var job in InOrder(stay.Where(job => job.OutputBytes > 0)))
        {
            if (rules.OutputDays > 0 && job.EndedMs < nowMs - (rules.OutputDays * RetentionRules.DayMs))
            {
                going.Add(new Expiry(job, $"it ended more than {rules.OutputDays} days ago (supervisor_keep_output_days)"));
            }
            else if (rules.OutputBytes > 0 && left > rules.OutputBytes)
            {
                going.Add(new Expiry(job, $"there are more than {rules.OutputBytes >> 20} MB of output (supervisor_keep_output_mb)"));
            }
            else
            {
                break;
            }

            left -= job.OutputBytes;
        }

        return going;
    }

    private static List<FinishedJob> InOrder(IEnumerable<FinishedJob> jobs) => [.. jobs.OrderBy(job => job.EndedMs).ThenBy(job => job.Id.Value)];
}
