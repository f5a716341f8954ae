using Quern.Configuration;
using Quern.Core.Farms;
using Quern.Core.Jobs;
using Quern.Core.Permissions;
using Quern.Policies;
using Quern.Supervisor.Settings;

namespace Quern.Supervisor.Policies;

/// <summary>Asks a site's policy about submissions, and about what people do to jobs. One that throws lets them in, and is not asked again. Thread-safe as far as the policy is.</summary>
internal sealed partial class SubmitGuard(SubmitPolicy policy, ILogger logger) : IJobPolicy
{
    private const int LongestReason = 300;
    private int isBroken;

    /// <returns>Null: the site has none.</returns>
    /// <exception cref="ConfigurationException">It cannot be loaded.</exception>
    public static SubmitGuard? Read(QuernSettings settings, ILogger logger)
    {
        if (settings.Text("supervisor_policy_binding") != "dotnet")
        {
            return null;
        }

        try
        {
            return new SubmitGuard(PolicyLoader.Load<SubmitPolicy>(settings.Text("supervisor_policy_library")), logger);
        }
        catch (ConfigurationException failure)
        {
            throw FarmSettings.Wrong(settings, "supervisor_policy_library", failure.Message);
        }
    }

    /// <returns>Why the submission is refused, a sentence; null = it is taken.</returns>
    public string? WhyNot(Submission submission) => Refused("the submission is refused", Ask(
        () => submission.Jobs.Select(spec => policy.WhyNotSubmit(new JobOfPolicy(spec), submission.Caller.User)).FirstOrDefault(reason => reason is not null), null));

    public string? WhyNotModify(Job job, JobSpec after, string user) => Refused("it is refused", Ask(() => policy.WhyNotModify(new JobOfPolicy(job), new JobOfPolicy(job, after), user), null));

    /// <summary>A policy that is broken gives nobody another's job.</summary>
    public bool MaySudo(string user, Job job) => Ask(() => policy.MaySudo(user, new JobOfPolicy(job)), false);

    private static string? Refused(string what, string? reason)
        => reason is null ? null : $"{what} by the site's policy: {string.Concat(reason.Take(LongestReason).Select(letter => char.IsControl(letter) ? ' ' : letter))}";

    private T Ask<T>(Func<T> ask, T otherwise)
    {
        if (Volatile.Read(ref isBroken) != 0)
        {
            return otherwise;
        }

        try
        {
            return ask();
        }
        catch (Exception failure)
        {
            // A site's mistake stops nobody.
            if (Interlocked.Exchange(ref isBroken, 1) == 0)
            {
                LogBroken(policy.GetType().FullName!, failure.Message);
            }

            return otherwise;
        }
    }

    [LoggerMessage(120, LogLevel.Error, "the policy {Name} is not asked any more: {Reason}; mend it and start the supervisor again")]
    private partial void LogBroken(string name, string reason);
}
