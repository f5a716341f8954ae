using System.Globalization;

namespace Quern.Configuration;

/// <summary>
/// The settings in force, an immutable snapshot: defaults, then the file, then what the supervisor sent, then the command line. A policy key is
/// never taken from the supervisor. Every value knows where it came from.
/// </summary>
public sealed class QuernSettings
{
    private readonly Dictionary<string, (string Value, string Origin)> values;

    private QuernSettings(Dictionary<string, (string Value, string Origin)> values, string? file) => (this.values, File) = (values, file);

    /// <summary>The file that was read; null = none.</summary>
    public string? File { get; }

    /// <summary>Reads the layers.</summary>
    /// <param name="configFile">Null = no file.</param>
    /// <param name="assignments"><c>KEY=VALUE</c> of the command line.</param>
    /// <param name="central">What the supervisor sent; null = nothing.</param>
    /// <exception cref="ConfigurationException">A key is unknown, a value does not fit, or the file cannot be read.</exception>
    public static QuernSettings Load(string? configFile, IEnumerable<string> assignments, IReadOnlyDictionary<string, string>? central = null)
    {
        var values = SettingSchema.All.ToDictionary(setting => setting.Name, setting => (setting.Default, "default"));
        foreach (var entry in configFile is null ? [] : QbConf.Parse(ReadFile(configFile), configFile))
        {
            Put(values, entry.Key, entry.Value, $"{configFile}:{entry.Line}");
        }

        foreach (var (key, value) in central ?? new Dictionary<string, string>())
        {
            // Unknown keys are those of a newer supervisor; policy stays with the machine.
            if (SettingSchema.Find(key) is { IsPolicy: false, IsBootstrap: false } setting && setting.Check(value) is null)
            {
                values[key] = (value, "supervisor");
            }
        }

        foreach (var assignment in assignments)
        {
            var equals = assignment.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                throw new ConfigurationException($"--set {assignment}: write it as KEY=VALUE");
            }

            Put(values, assignment[..equals].Trim(), assignment[(equals + 1)..].Trim(), "--set");
        }

        return new QuernSettings(values, configFile);
    }

    /// <summary>One line for each setting that was set and changes nothing, with the reason.</summary>
    public IEnumerable<string> Warnings => SettingSchema.All.Where(setting => setting.NoEffect is not null && Origin(setting.Name) != "default")
        .Select(setting => $"{Origin(setting.Name)}: {setting.Name} is accepted and changes nothing: {setting.NoEffect}");

    public string Text(string name) => values[name].Value;

    public int Int(string name) => int.Parse(values[name].Value, CultureInfo.InvariantCulture);

    public IReadOnlyList<string> List(string name) => values[name].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <summary><c>default</c>, <c>FILE:LINE</c>, <c>supervisor</c> or <c>--set</c>.</summary>
    public string Origin(string name) => values[name].Origin;

    public IReadOnlyDictionary<string, string> AsMap() => values.ToDictionary(pair => pair.Key, pair => pair.Value.Value);

    private static void Put(Dictionary<string, (string, string)> values, string key, string value, string origin)
    {
        if (SettingSchema.Find(key) is not { } setting)
        {
            throw new ConfigurationException(SettingSchema.Unknown(origin, key));
        }

        var normal = setting.Normalize(value);
        if (setting.Check(normal) is { } fault)
        {
            throw new ConfigurationException($"{origin}: {key}: {fault}; it means: {setting.Text}");
        }

        values[key] = (normal, origin);
    }

    private static string ReadFile(string path)
    {
        try
        {
            return System.IO.File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"read settings '{path}': {exception.Message}; name another file with --config");
        }
    }
}
