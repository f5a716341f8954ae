using Quern.Configuration;
using Quern.Core.Expressions;
using Quern.Core.Jobs;

namespace Quern.Supervisor.Api;

/// <summary>What the site gives to jobs that do not say, and what it lets them say.</summary>
internal sealed record JobDefaults
{
    public int Priority { get; init; } = 9999;

    /// <summary>The worst of any job.</summary>
    public int MaxPriority { get; init; } = 9999;

    /// <summary>The best of a job whose submitter is no administrator.</summary>
    public int HighestUserPriority { get; init; } = 1;

    public string Cluster { get; init; } = "/";

    /// <summary>Of every job without no_defaults.</summary>
    public JobFlags Flags { get; init; }

    /// <summary>Of poster items.</summary>
    public int PosterPriority { get; init; } = 1;

    /// <summary>0 = any number.</summary>
    public int MostPosterItems { get; init; }

    /// <summary>Jobs are compared with the hosts there are when they are submitted.</summary>
    public bool IsChecked { get; init; } = true;

    /// <exception cref="ConfigurationException">The default cluster is none.</exception>
    public static JobDefaults Read(QuernSettings settings)
    {
        const string cluster = "supervisor_default_cluster";
        return ClusterChoice.Parse(settings.Text(cluster), out var wrong) is null
            ? throw new ConfigurationException($"{settings.Origin(cluster)}: {cluster} is no cluster: {wrong}")
            : new JobDefaults
            {
                Priority = settings.Int("supervisor_default_priority"), MaxPriority = settings.Int("supervisor_max_priority"), HighestUserPriority = settings.Int("supervisor_highest_user_priority"),
                Cluster = settings.Text(cluster), Flags = settings.List("supervisor_job_flags").Aggregate(JobFlags.None, (sum, word) => sum | (JobFlagNames.Parse([word], out _) ?? JobFlags.None)),
                PosterPriority = settings.Int("supervisor_default_p_agenda_priority"), MostPosterItems = settings.Int("supervisor_p_agenda_max"),
                IsChecked = !settings.List("supervisor_flags").Contains("disable_submit_check"),
            };
    }
}
