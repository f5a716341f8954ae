namespace Quern.Policies;

/// <summary>
/// A site's own word on what may be submitted, and what people may do to jobs then (<c>supervisor_policy_library</c>). One object, made by the constructor without parameters, is asked by several
/// threads at once; about jobs that are there in the supervisor's one loop, so answer at once and wait for nothing. An exception is said once in the log, and the policy is not asked again until the
/// supervisor starts anew: jobs are let in and modified, and nobody has another's job by <c>sudo_admin</c>.
/// </summary>
public abstract class SubmitPolicy
{
    /// <summary>Why the job is refused, one sentence that says what to do instead; null = it is taken.</summary>
    /// <param name="caller">Who submits; not always whom the job runs as.</param>
    public virtual string? WhyNotSubmit(PolicyJob job, string caller) => null;

    /// <summary>Why a job must not become another, one sentence; null = it may. Not asked about administrators.</summary>
    /// <param name="before">The job as it is.</param>
    /// <param name="after">As it would be; its label and status are those of now.</param>
    /// <param name="caller">Who modifies it; may be another than its user.</param>
    public virtual string? WhyNotModify(PolicyJob before, PolicyJob after, string caller) => null;

    /// <summary>Whether a user with the permission <c>sudo_admin</c> may act on somebody else's job, as far as the own permissions go.</summary>
    public virtual bool MaySudo(string user, PolicyJob job) => true;
}
