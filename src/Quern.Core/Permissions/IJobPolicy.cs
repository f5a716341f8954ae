using Quern.Core.Jobs;

namespace Quern.Core.Permissions;

/// <summary>
/// A site's own word on what people do to jobs, asked in the middle of a turn. Whoever stands behind it keeps its exceptions to itself. Administrators are not asked about. Source: reference, qube-jobs 14.
/// </summary>
public interface IJobPolicy
{
    /// <summary>Why the job must not become that, a sentence; null = it may.</summary>
    string? WhyNotModify(Job job, JobSpec after, string user);

    /// <summary>Whether a user with <c>sudo_admin</c> may act on the job as on an own one.</summary>
    bool MaySudo(string user, Job job);
}
