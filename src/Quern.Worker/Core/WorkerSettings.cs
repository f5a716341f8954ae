using System.Globalization;
using Quern.Configuration;
using Wire = Quern.Protocol.Link;

namespace Quern.Worker.Core;

/// <summary>
/// The settings of a worker as layers: command line, the supervisor's central ones, the local file, the schema's defaults; <c>worker_lookup</c> says
/// in which order (<see cref="SettingLayers"/>). Policy keys are this machine's own: the central layer never speaks for them, and the command line
/// only where the file is silent. A value: a change of a layer is a new one and holds for the runs that start after it. Every value has passed the schema's check.
/// </summary>
internal sealed record WorkerSettings
{
    public static readonly IReadOnlyDictionary<string, string> None = new Dictionary<string, string>();

    /// <summary><c>--set</c> and the options that stand for settings.</summary>
    public IReadOnlyDictionary<string, string> CommandLine { get; init; } = None;

    public IReadOnlyDictionary<string, string> Central { get; init; } = None;

    public IReadOnlyDictionary<string, string> Local { get; init; } = None;

    /// <summary>Where the local ones stand, FILE:LINE by name.</summary>
    public IReadOnlyDictionary<string, string> Origins { get; init; } = None;

    /// <summary>Seconds a proxy waits for a worker to take it back.</summary>
    public int ReadoptSeconds => Number("worker_readopt_seconds");

    public int HeartbeatSeconds => Number("worker_heartbeat_interval");

    public int NiceValue => Number("proxy_nice_value");

    public string ProxyAccount => Text("proxy_account");

    /// <summary>True: jobs run as their submitter.</summary>
    public bool RunsAsSubmitter => Text("proxy_execution_mode") == "user";

    /// <summary>Slots; as many as the machine has cores where the setting is 0.</summary>
    public int Slots(int cores)
    {
        var cpus = Number("worker_cpus");
        return cpus == 0 ? cores : cpus;
    }

    /// <summary>What of a central layer can be used: known keys that are not policy, with values that fit. A key of a newer supervisor is passed over.</summary>
    /// <param name="refused">One sentence for each that cannot.</param>
    public static Dictionary<string, string> CheckCentral(IEnumerable<KeyValuePair<string, string>> central, List<string> refused)
    {
        var used = new Dictionary<string, string>();
        foreach (var (key, value) in central)
        {
            if (SettingSchema.Find(key) is not { } setting)
            {
                continue;
            }

            if (setting.IsBootstrap)
            {
                // Counted before the supervisor was reached; it passes over these as well.
                continue;
            }

            if (setting.IsPolicy)
            {
                refused.Add($"the supervisor's {key} is not used: it is this machine's own policy");
            }
            else if (setting.Check(value) is { } fault)
            {
                refused.Add($"the supervisor's {key} is not used: {fault}; correct it in the supervisor's qbwrk.conf");
            }
            else
            {
                used.Add(key, value);
            }
        }

        return used;
    }

    /// <summary>What this host itself sets, for the supervisor to tell whose word counts; in a fixed order, secrets covered.</summary>
    public IEnumerable<Wire.LocalSetting> Told() => Told(CommandLine, isCommandLine: true).Concat(Told(Local, isCommandLine: false));

    private IEnumerable<Wire.LocalSetting> Told(IReadOnlyDictionary<string, string> layer, bool isCommandLine)
    {
        foreach (var (name, value) in layer.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            if (SettingSchema.Find(name) is { Who: "worker" or "all" } setting)
            {
                yield return new Wire.LocalSetting
                {
                    Name = name, Value = setting.Shown(value), CommandLine = isCommandLine, Origin = isCommandLine ? "command line" : Origins.GetValueOrDefault(name) ?? "qb.conf",
                };
            }
        }
    }

    /// <summary>The value that counts.</summary>
    public string Text(string key)
    {
        var setting = SettingSchema.Find(key) ?? throw new ArgumentException($"no setting '{key}' in the schema", nameof(key));
        foreach (var layer in SettingLayers.Asked(setting, Lookup))
        {
            if (Said(layer).TryGetValue(key, out var value))
            {
                return value;
            }
        }

        return setting.Default;
    }

    public int Number(string key) => int.Parse(Text(key), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);

    public IReadOnlyList<string> List(string key) => Text(key).Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private string Lookup => CommandLine.GetValueOrDefault(SettingLayers.Lookup) ?? Local.GetValueOrDefault(SettingLayers.Lookup) ?? "";

    private IReadOnlyDictionary<string, string> Said(SettingLayer layer) => layer switch
    {
        SettingLayer.CommandLine => CommandLine,
        SettingLayer.Supervisor => Central,
        SettingLayer.Local => Local,
        SettingLayer.Default => None,
    };
}
