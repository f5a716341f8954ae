namespace Quern.Policies;

/// <summary>
/// A site's own word on what may be submitted (<c>supervisor_policy_library</c>). One object, made by the constructor without parameters, is asked by several threads at once.
/// An exception lets the job in, is said once in the log, and the policy is not asked again until the supervisor starts anew.
/// </summary>
public abstract class SubmitPolicy
{
    /// <summary>Why the job is refused, one sentence that says what to do instead; null = it is taken.</summary>
    /// <param name="caller">Who submits; not always whom the job runs as.</param>
    public virtual string? WhyNotSubmit(PolicyJob job, string caller) => null;
}
