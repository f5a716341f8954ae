using Quern.Core.Jobs;
using Quern.Core.Workers;

namespace Quern.Core.Dispatch;

/// <summary>What a site's policy makes of a run that stands behind a job.</summary>
public enum PolicyPreemption
{
    Passive,
    Aggressive,
    None,
}

/// <summary>
/// A site's own rules, asked by dispatch in the middle of a turn. Whoever stands behind it keeps its exceptions to itself, and answers as if it had nothing to say from then on.
/// Where it compares jobs, jobs are no longer alike: each is a class of its own, which costs time by the number of jobs in line.
/// </summary>
public interface IDispatchPolicy
{
    bool ComparesJobs { get; }
    bool ComparesHosts { get; }

    /// <summary>Which goes first on the host: negative = <paramref name="a"/>, positive = <paramref name="b"/>, 0 = as dispatch itself has it.</summary>
    int CompareJobs(Job a, Job b, Worker host);

    /// <summary>Which the job gets, the same way.</summary>
    int CompareHosts(Worker a, Worker b, Job job);

    /// <summary>Why the job must not run there; null = it may.</summary>
    string? WhyNot(Job job, Worker host);

    PolicyPreemption Preempt(Job running, Job candidate, Worker host);

    /// <summary>What went wrong with it since the last call, a sentence each.</summary>
    IReadOnlyList<string> TakeFaults();
}
