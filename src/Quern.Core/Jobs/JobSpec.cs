namespace Quern.Core.Jobs;

/// <summary>
/// A job as it was accepted: checked, complete, never changed. Values the submitter left out hold their defaults. Names follow Qube's
/// (reference: job attributes); limits are in seconds, 0 = none.
/// </summary>
public sealed record JobSpec
{
    public string Name { get; init; } = "";

    /// <summary><c>cmdline</c> or <c>cmdrange</c>.</summary>
    public required string Prototype { get; init; }

    /// <summary>Who submitted, as proven at the edge.</summary>
    public required string User { get; init; }

    /// <summary>Where from.</summary>
    public string SourceHost { get; init; } = "";

    /// <summary>Job-type data; <c>cmdline</c> is the command.</summary>
    public IReadOnlyDictionary<string, string> Package { get; init; } = new Dictionary<string, string>();

    /// <summary>1 goes before 9999.</summary>
    public int Priority { get; init; } = 9999;

    /// <summary>Instances wanted.</summary>
    public int Cpus { get; init; } = 1;

    /// <summary>Slots one instance takes on its host.</summary>
    public int Processors { get; init; } = 1;

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
    public string Cluster { get; init; } = "/";

    /// <summary>Only / never these hosts, comma separated; empty = any.</summary>
    public string Hosts { get; init; } = "";
    public string OmitHosts { get; init; } = "";

    /// <summary>A condition on hosts, see <see cref="Expressions.Requirement"/>; empty = any.</summary>
    public string Requirements { get; init; } = "";

    public IReadOnlyDictionary<string, string> Env { get; init; } = new Dictionary<string, string>();
    public string Cwd { get; init; } = "";
    public int Umask { get; init; }
    public int RetrySubjob { get; init; } = -1;
    public int RetryWork { get; init; } = -1;
    public int RetryWorkDelaySeconds { get; init; }
    public int TimeLimitSeconds { get; init; }
    public int ItemTimeLimitSeconds { get; init; }

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
    public string Command => Package.TryGetValue("cmdline", out var command) ? command : "";

    /// <summary>Name of the environment profile; empty = the worker's own.</summary>
    public string EnvProfile => Package.TryGetValue("env_profile", out var profile) ? profile : "";

    public string Shell => Package.TryGetValue("shell", out var shell) ? shell : "";
}
