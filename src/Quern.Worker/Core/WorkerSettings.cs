using System.Globalization;

namespace Quern.Worker.Core;

/// <summary>
/// The settings of a worker as layers: command line, then the supervisor's central ones, then the local file, then the schema's defaults.
/// Policy keys are this machine's own: the central layer never speaks for them, and the command line only where the file is silent. A value:
/// a change of the central layer is a new one and holds for the runs that start after it.
/// </summary>
internal sealed record WorkerSettings
{
    private static readonly HashSet<string> PolicyKeys = new(StringComparer.Ordinal)
    {
        "worker_min_uid",
        "worker_allow_users",
        "worker_deny_users",
        "worker_allow_groups",
        "worker_deny_groups",
        "worker_account_check",
        "worker_privileged_groups",
    };

    public static readonly IReadOnlyDictionary<string, string> None = new Dictionary<string, string>();

    /// <summary><c>--set</c> and the options that stand for settings.</summary>
    public IReadOnlyDictionary<string, string> CommandLine { get; init; } = None;

    public IReadOnlyDictionary<string, string> Central { get; init; } = None;

    public IReadOnlyDictionary<string, string> Local { get; init; } = None;

    public IReadOnlyDictionary<string, string> Defaults { get; init; } = None;

    /// <summary>Seconds a proxy waits for a worker to take it back.</summary>
    public int ReadoptSeconds => Number("worker_readopt_seconds", 300, 0, 86_400);

    public int NiceValue => Number("proxy_nice_value", 0, -20, 20);

    /// <summary>Seconds between TERM and KILL where the job does not say.</summary>
    public int KillGraceSeconds => Number("worker_kill_grace", 10, 0, 3_600);

    public string ProxyAccount => Text("proxy_account", "quern");

    /// <summary>True: jobs run as their submitter.</summary>
    public bool RunsAsSubmitter => Text("proxy_execution_mode", "proxy") == "user";

    /// <summary>Slots; as many as the machine has cores where the setting is 0.</summary>
    public int Slots(int cores)
    {
        var cpus = Number("worker_cpus", 0, 0, 65_536);
        return cpus == 0 ? cores : cpus;
    }

    public static bool IsPolicy(string key) => PolicyKeys.Contains(key);

    /// <summary>The value that counts, or null where no layer has one.</summary>
    public string? Find(string key)
    {
        if (IsPolicy(key))
        {
            return Local.GetValueOrDefault(key) ?? CommandLine.GetValueOrDefault(key) ?? Defaults.GetValueOrDefault(key);
        }

        return CommandLine.GetValueOrDefault(key)
            ?? Central.GetValueOrDefault(key)
            ?? Local.GetValueOrDefault(key)
            ?? Defaults.GetValueOrDefault(key);
    }

    public string Text(string key, string otherwise) => Find(key) is { Length: > 0 } text ? text : otherwise;

    /// <summary>A number within its limits; a value that is none, or lies outside, counts as not given (the configuration's check has named it).</summary>
    public int Number(string key, int otherwise, int least, int most) =>
        int.TryParse(Find(key), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : otherwise;

    /// <summary>A list: words apart by commas or blanks.</summary>
    public IReadOnlyList<string> List(string key) =>
        (Find(key) ?? "").Split([',', ' ', '\t'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
