using System.Text.Json.Serialization;

namespace Quern.Core.Jobs;

/// <summary>
/// A job as it was accepted, or modified since: checked, complete. A value. Values the submitter left out hold their defaults. Names follow Qube's
/// (reference: job attributes); limits are in seconds, 0 = none.
/// </summary>
public sealed record JobSpec
{
    public string Name { get; init; } = "";

    /// <summary>Its job type: <c>cmdline</c>, <c>cmdrange</c>, or one that a site has installed on its workers.</summary>
    public required string Prototype { get; init; }

    /// <summary>Who submitted, as proven at the edge.</summary>
    public required string User { get; init; }

    /// <summary>Windows domain of the user; <c>.</c> or empty = none.</summary>
    public string Domain { get; init; } = "";

    /// <summary>Where from.</summary>
    public string SourceHost { get; init; } = "";

    /// <summary>Job-type data; <c>cmdline</c> is the command.</summary>
    public Package Package { get; init; } = Package.Empty;

    /// <summary>Packages of the items, in their saved form; empty = no item has one.</summary>
    public string ItemPackages { get; init; } = "";

    /// <summary>Of items that have retries of their own, see <see cref="Jobs.ItemRetries"/>; empty = none has.</summary>
    public string ItemRetries { get; init; } = "";

    /// <summary>1 goes before 9999.</summary>
    public int Priority { get; init; } = 9999;

    /// <summary>Instances wanted.</summary>
    public int Cpus { get; init; } = 1;

    /// <summary>Most instances with those that fill idle slots: 0 = never more than <see cref="Cpus"/>, -1 = as many as the farm lets it, null = as the supervisor has it.</summary>
    public int? MaxCpus { get; init; }

    /// <summary>Slots one instance takes on its host, at least.</summary>
    public int Processors { get; init; } = 1;

    /// <summary>What an instance takes, see <see cref="Expressions.ReservationList"/>; empty = <see cref="Processors"/> slots.</summary>
    public string Reservations { get; init; } = "";

    public bool StartsBlocked { get; init; }
    public IReadOnlyList<string> Flags { get; init; } = [];

    /// <summary>The agenda in its saved form; empty = none.</summary>
    public string Agenda { get; init; } = "";

    /// <summary>The range as the submitter wrote it, for people.</summary>
    public string Range { get; init; } = "";

    public int Padding { get; init; }
    public string Dependency { get; init; } = "";
    public string Label { get; init; } = "";
    public long Pgrp { get; init; }
    public long Pid { get; init; } = 1;
    public string Kind { get; init; } = "";
    public string Account { get; init; } = "";
    public string Notes { get; init; } = "";
    /// <summary>Where it has precedence, see <see cref="Expressions.ClusterChoice"/>.</summary>
    public string Cluster { get; init; } = "/";

    /// <summary>Clusters it may run in, see <see cref="Expressions.Restriction"/>; empty = any.</summary>
    public string Restrictions { get; init; } = "";

    /// <summary>Only / never these hosts, comma separated; empty = any.</summary>
    public string Hosts { get; init; } = "";
    public string OmitHosts { get; init; } = "";

    /// <summary>Only / never hosts of these groups, comma separated; empty = any.</summary>
    public string Groups { get; init; } = "";
    public string OmitGroups { get; init; } = "";

    /// <summary>Which hosts are filled first, see <see cref="Expressions.HostOrder"/>; empty = as the farm does.</summary>
    public string HostOrder { get; init; } = "";

    /// <summary>A condition on hosts, see <see cref="Expressions.Requirement"/>; empty = any.</summary>
    public string Requirements { get; init; } = "";

    public IReadOnlyDictionary<string, string> Env { get; init; } = new Dictionary<string, string>();
    public string Cwd { get; init; } = "";
    public int Umask { get; init; }
    public int RetrySubjob { get; init; } = -1;
    public int RetryWork { get; init; } = -1;
    public int RetryWorkDelaySeconds { get; init; }
    /// <summary>An instance or item that runs longer fails.</summary>
    public int TimeLimitSeconds { get; init; }
    public int ItemTimeLimitSeconds { get; init; }

    /// <summary>When an instance or item runs longer, the event <c>timeout</c> happens.</summary>
    public int TimeoutSeconds { get; init; }
    public int ItemTimeoutSeconds { get; init; }

    /// <summary>Drive letters of the submitter's and what they stand for; shown, see <c>worker_drive_map</c>.</summary>
    public IReadOnlyDictionary<string, string> DriveMap { get; init; } = new Dictionary<string, string>();
    public IReadOnlyDictionary<string, string> PathMap { get; init; } = new Dictionary<string, string>();
    public string Deadline { get; init; } = "";

    /// <summary>By the names of <see cref="JobTags"/>; only those that were given.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    /// <summary>Flight checks: executables on the worker, comma separated, before and after an instance and each of its items.</summary>
    public string PreFlights { get; init; } = "";
    public string PostFlights { get; init; } = "";
    public string AgendaPreFlights { get; init; } = "";
    public string AgendaPostFlights { get; init; } = "";

    /// <summary>Where its mails go; empty = to its user.</summary>
    public string MailAddress { get; init; } = "";

    /// <summary>Those of the submitter, of the site, and of flag mail; see <see cref="Triggers.Callback"/>.</summary>
    public IReadOnlyList<Triggers.CallbackSpec> Callbacks { get; init; } = [];

    /// <summary>The callback that this job runs the program of, as history names it; set by the farm alone. Empty = the job was submitted.</summary>
    public string CallbackOf { get; init; } = "";

    /// <summary>Everything else that was sent, as one JSON object; empty = nothing.</summary>
    public string Other { get; init; } = "";

    /// <summary>The command, or the template of cmdrange.</summary>
    [JsonIgnore]
    public string Command => Package.Text("cmdline") ?? "";

    /// <summary>Name of the environment profile; empty = the worker's own.</summary>
    [JsonIgnore]
    public string EnvProfile => Package.Text("env_profile") ?? "";

    [JsonIgnore]
    public string Shell => Package.Text("shell") ?? "";
}
