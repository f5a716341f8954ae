using Quern.Configuration;
using Quern.Worker.Core;

namespace Quern.Worker;

/// <summary>The layers of settings that this machine has: the file and the command line. Can be read again while the worker runs; thread-safe.</summary>
internal sealed class LocalSettings
{
    private readonly Func<string?> _findFile;
    private readonly IReadOnlyDictionary<string, string> _commandLine;
    private volatile WorkerSettings _values;

    private LocalSettings(Func<string?> findFile, IReadOnlyDictionary<string, string> commandLine)
    {
        _findFile = findFile;
        _commandLine = commandLine;
        _values = Load();
    }

    public WorkerSettings Values => _values;

    /// <summary>One line for each setting that was set and changes nothing.</summary>
    public IEnumerable<string> Warnings => QuernSettings.Load(_findFile(), _commandLine.Select(pair => $"{pair.Key}={pair.Value}")).Warnings;

    /// <summary>The file that was read; null without one.</summary>
    public string? File => _findFile();

    /// <summary>Which files were read, for the log's first lines.</summary>
    public string Source => _findFile() ?? "no file (defaults and command line)";

    /// <exception cref="RefusalException">The file or an assignment is wrong: one line that says where.</exception>
    public static LocalSettings Read(WorkerOptions options) => Refusing(() =>
    {
        var commandLine = QuernSettings.Load(null, options.Settings.Select(pair => $"{pair.Key}={pair.Value}"));
        return new LocalSettings(() => FileOf(options), Given(commandLine));
    });

    /// <summary>Reads the file again, also one that has come since; what is wrong with it is logged, and the settings stay as they were.</summary>
    public bool TryReload(WorkerLog log)
    {
        try
        {
            _values = Refusing(Load);
            return true;
        }
        catch (RefusalException failure)
        {
            log.Error($"the settings stay as they were: {failure.Message}");
            return false;
        }
    }

    /// <summary>The file an option or QB_CONF names; else the machine's own, but not for a worker with a state of its own.</summary>
    private static string? FileOf(WorkerOptions options)
    {
        var named = options.Config ?? Environment.GetEnvironmentVariable("QB_CONF");
        if (!string.IsNullOrEmpty(named))
        {
            return named;
        }

        var hasOwnState = options.State is not null || !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("QUERN_STATE"));
        return !hasOwnState && System.IO.File.Exists(StateFolder.MachineSettings) ? StateFolder.MachineSettings : null;
    }

    private static Dictionary<string, string> Given(QuernSettings settings) =>
        SettingSchema.All.Select(setting => setting.Name)
            .Where(name => settings.Origin(name) != "default")
            .ToDictionary(name => name, settings.Text);

    private static T Refusing<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (ConfigurationException failure)
        {
            throw new RefusalException(failure.Message, failure);
        }
    }

    private WorkerSettings Load()
    {
        var file = QuernSettings.Load(_findFile(), []);
        var given = Given(file);
        return new() { CommandLine = _commandLine, Local = given, Origins = given.Keys.ToDictionary(name => name, file.Origin) };
    }
}
