namespace Quern.Supervisor;

/// <summary>The words quern-supervisor was started with.</summary>
internal sealed record SupervisorOptions(string? State, string? Config, IReadOnlyList<string> Settings, string? ReadyFile, bool EndsWithInput = false)
{
    public const string Usage = """
        quern-supervisor [options]
        Queues jobs and gives them to workers, until TERM.

          --state DIR          its state folder (DIR/supervisor); no file in /etc is read then
          --config FILE        settings from this file
          --workers-config FILE  supervisor_worker_configfile: settings of the workers (qbwrk.conf)
          --port N             supervisor_port; 0 = any free one
          --name NAME          supervisor_address: what workers are told
          --set KEY=VALUE      any setting; may be repeated
          --ready-file FILE    JSON, written by rename when it serves
          --end-with-input     ends, as by TERM, when its input does: when whoever started it is gone
          --help, --version
        """;

    /// <exception cref="FormatException">A word is unknown or its value is missing.</exception>
    public static SupervisorOptions Parse(IReadOnlyList<string> words)
    {
        var options = new SupervisorOptions(null, null, [], null);
        for (var at = 0; at < words.Count; at++)
        {
            var (name, value) = words[at].Split('=', 2) is [var left, var right] && left.StartsWith("--", StringComparison.Ordinal) ? (left, right) : (words[at], null);
            string Value() => value ?? (at + 1 < words.Count ? words[++at] : throw new FormatException($"{name} needs a value; --help lists the options"));
            options = name switch
            {
                "--state" => options with { State = Value() },
                "--config" => options with { Config = Value() },
                "--workers-config" => options with { Settings = [.. options.Settings, $"supervisor_worker_configfile={Path.GetFullPath(Value())}"] },
                "--port" => options with { Settings = [.. options.Settings, $"supervisor_port={Value()}"] },
                "--name" => options with { Settings = [.. options.Settings, $"supervisor_address={Value()}"] },
                "--set" => options with { Settings = [.. options.Settings, Value()] },
                "--ready-file" => options with { ReadyFile = Value() },
                "--end-with-input" => options with { EndsWithInput = value is null ? true : throw new FormatException("--end-with-input takes no value") },
                _ => throw new FormatException($"there is no option '{words[at]}'; --help lists the options"),
            };
        }

        return options;
    }
}
