using System.Globalization;
using Quern.Configuration;
using Quern.Worker.Link;

namespace Quern.Worker;

/// <summary>The command line of quern-worker.</summary>
internal sealed record WorkerOptions
{
    public const string Usage = """
        usage: quern worker [--state DIR] [--config FILE] [--supervisor HOST:PORT] [--name NAME] [--slots K]
                            [--desktop] [--set KEY=VALUE]... [--join TOKEN | --join @FILE] [--ready-file FILE]

        Runs jobs on this machine. Started as root (service mode) jobs run as an ordinary account; with --desktop they run as you.
          --state DIR            where the worker keeps its things; a supervisor of the same state needs no token
          --config FILE          settings (qb.conf)
          --supervisor HOST:PORT where the supervisor is, when it is not where it was at joining
          --name NAME            name of this worker, with a record of its own (default: the host's name)
          --slots K              how many slots (worker_cpus); 0 = as many as cores
          --desktop              desktop mode: every job runs as you, and ends with this worker
          --set KEY=VALUE        any worker setting; beats the file and the supervisor's
          --join TOKEN           joins a farm with a token of 'quern worker token'; @FILE reads it from a file
          --join-only            joins, and ends: what an installation does once
          --ready-file FILE      written when the worker is connected and serves
          --end-with-input       ends, as by TERM, when its input does: when whoever started it is gone

        examples:
          quern worker --desktop --join @token.txt
          quern worker --state /srv/farm --slots 4
        """;

    public string? State { get; private set; }
    public string? Config { get; private set; }
    public SupervisorAddress? Supervisor { get; private set; }
    public string? Name { get; private set; }
    public bool IsDesktop { get; private set; }
    public string? Join { get; private set; }
    public string? ReadyFile { get; private set; }

    /// <summary>TERM ends the runs as well: how <c>quern up</c> starts a worker.</summary>
    public bool TermKills { get; private set; }

    /// <summary>Runs never outlive this worker: in desktop mode, and on Windows.</summary>
    public bool EndsRuns => IsDesktop || OperatingSystem.IsWindows();

    /// <summary>The end of standard input is a TERM.</summary>
    public bool EndsWithInput { get; private set; }

    /// <summary>Windows: without a console; its log is a file.</summary>
    public bool IsBackground { get; private set; }

    /// <summary>Windows: the service manager started it.</summary>
    public bool IsService { get; private set; }

    /// <summary>Becomes a member of its farm and ends.</summary>
    public bool JoinsOnly { get; private set; }

    public bool WantsHelp { get; private set; }
    public bool WantsVersion { get; private set; }

    /// <summary><c>--set</c> and <c>--slots</c>.</summary>
    public Dictionary<string, string> Settings { get; } = [];

    /// <summary>Reads the command line; one or two dashes, <c>--option value</c> or <c>--option=value</c>.</summary>
    /// <exception cref="FormatException">One line: which option, and what it takes.</exception>
    public static WorkerOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new WorkerOptions();
        for (var at = 0; at < arguments.Count; at++)
        {
            var word = arguments[at];
            if (!word.StartsWith('-') || word.TrimStart('-').Length == 0)
            {
                throw new FormatException($"'{word}' is not an option; see --help");
            }

            var name = word.TrimStart('-');
            string? value = null;
            if (name.IndexOf('=', StringComparison.Ordinal) is > 0 and var equals)
            {
                (name, value) = (name[..equals], name[(equals + 1)..]);
            }

            if (options.SetFlag(name))
            {
                if (value is not null)
                {
                    throw new FormatException($"--{name} takes no value");
                }

                continue;
            }

            if (value is null && IsValueOption(name))
            {
                at++;
                value = at < arguments.Count ? arguments[at] : throw new FormatException($"--{name} needs a value; see --help");
            }

            options.SetValue(name, value);
        }

        return options;
    }

    private bool SetFlag(string name)
    {
        switch (name)
        {
            case "desktop":
                IsDesktop = true;
                return true;
            case "foreground-kill":
                TermKills = true;
                return true;
            case "end-with-input":
                EndsWithInput = true;
                return true;
            case "background" when OperatingSystem.IsWindows():
                IsBackground = true;
                return true;
            case "service" when OperatingSystem.IsWindows():
                IsService = true;
                return true;
            case "join-only":
                JoinsOnly = true;
                return true;
            case "help" or "h":
                WantsHelp = true;
                return true;
            case "version":
                WantsVersion = true;
                return true;
            default:
                return false;
        }
    }

    private static bool IsValueOption(string name) =>
        name is "state" or "config" or "supervisor" or "name" or "slots" or "set" or "join" or "ready-file";

    private void SetValue(string name, string? value)
    {
        if (value is null)
        {
            throw new FormatException($"unknown option --{name}; see --help");
        }

        switch (name)
        {
            case "state":
                State = NotEmpty(name, value);
                break;
            case "config":
                Config = NotEmpty(name, value);
                break;
            case "supervisor":
                Supervisor = SupervisorAddress.Parse(value) ?? throw new FormatException($"--supervisor '{value}' is not HOST:PORT");
                break;
            case "name":
                Name = StateFolder.IsWorkerName(value)
                    ? value
                    : throw new FormatException($"--name '{value}': use up to {StateFolder.WorkerNameLength} letters, digits, dots, dashes and underscores, a letter or digit first");
                break;
            case "slots":
                Settings["worker_cpus"] = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var slots) && slots <= 65_536
                    ? value
                    : throw new FormatException($"--slots '{value}' is not a number from 0 to 65536");
                break;
            case "set":
                Set(value);
                break;
            case "join":
                Join = NotEmpty(name, value);
                break;
            case "ready-file":
                ReadyFile = Path.GetFullPath(NotEmpty(name, value));
                break;
            default:
                throw new FormatException($"unknown option --{name}; see --help");
        }
    }

    private void Set(string text)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0)
        {
            throw new FormatException($"--set '{text}' is not KEY=VALUE");
        }

        Settings[text[..equals].Trim()] = text[(equals + 1)..].Trim();
    }

    private static string NotEmpty(string name, string value) =>
        value.Length > 0 ? value : throw new FormatException($"--{name} needs a value; see --help");
}
