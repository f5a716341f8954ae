using Quern.Configuration;
using Quern.Core.Farms;
using Quern.Policies;
using Quern.Supervisor.Settings;

namespace Quern.Supervisor.Policies;

/// <summary>Asks a site's policy about submissions. One that throws lets them in and is not asked again. Thread-safe as far as the policy is.</summary>
internal sealed partial class SubmitGuard(SubmitPolicy policy, ILogger logger)
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
    public string? WhyNot(Submission submission)
    {
        if (Volatile.Read(ref isBroken) != 0)
        {
            return null;
        }

        try
        {
            foreach (var spec in submission.Jobs)
            {
                if (policy.WhyNotSubmit(new JobOfPolicy(spec), submission.Caller.User) is { } reason)
                {
                    return $"the submission is refused by the site's policy: {string.Concat(reason.Take(LongestReason).Select(letter => char.IsControl(letter) ? ' ' : letter))}";
                }
            }
        }
        catch (Exception failure)
        {
            // A site's mistake stops nobody.
            if (Interlocked.Exchange(ref isBroken, 1) == 0)
            {
                LogBroken(policy.GetType().FullName!, failure.Message);
            }
        }

        return null;
    }

    [LoggerMessage(120, LogLevel.Error, "the policy {Name} is not asked about submissions any more: {Reason}; mend it and start the supervisor again")]
    private partial void LogBroken(string name, string reason);
}
