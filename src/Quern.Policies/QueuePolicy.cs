namespace Quern.Policies;

/// <summary>
/// A site's own word on who goes first, where, and at whose cost. Derive from it, override what the site wants to say and leave the rest: what is not overridden is asked of the
/// next of <c>supervisor_queue_algorithm</c>. The supervisor makes one object by the constructor without parameters and asks it from one thread, in the middle of its work: answer
/// at once, from what is handed in; keep nothing of it, wait for nothing. The same questions are asked again by <c>quern why</c> and <c>qbjoborder</c>.
/// An exception is said once in the history; that method is then left out until the supervisor's settings are read again.
/// </summary>
public abstract class QueuePolicy
{
    /// <summary>Which of two jobs that wait goes first on a host: negative = <paramref name="a"/>, positive = <paramref name="b"/>, 0 = no matter. Where it is overridden, dispatch looks at every job that waits.</summary>
    public virtual int CompareJobs(PolicyJob a, PolicyJob b, PolicyHost host) => 0;

    /// <summary>Which of two hosts with room a job gets: negative = <paramref name="a"/>, positive = <paramref name="b"/>, 0 = no matter.</summary>
    public virtual int CompareHosts(PolicyHost a, PolicyHost b, PolicyJob job) => 0;

    /// <summary>Why the job must not run on the host, one sentence for people; null = it may.</summary>
    public virtual string? WhyNot(PolicyJob job, PolicyHost host) => null;

    /// <summary>Whether what runs on a host gives way to a job that goes before it. Asked where <c>supervisor_preempt_policy</c> is <c>mixed</c>.</summary>
    public virtual Preemption Preempt(PolicyJob running, PolicyJob candidate, PolicyHost host) => Preemption.Default;
}

/// <summary>What becomes of a run that stands behind a job.</summary>
public enum Preemption
{
    /// <summary>As <see cref="Passive"/>.</summary>
    Default,

    /// <summary>It goes on.</summary>
    None,

    /// <summary>It ends after its current item; at once where there is no agenda.</summary>
    Passive,

    /// <summary>It ends at once, and its item runs anew.</summary>
    Aggressive,
}
