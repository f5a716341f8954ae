using Quern.Configuration;
using Quern.Core.Farms;
using Quern.Protocol.Api;

namespace Quern.Supervisor.Settings;

/// <summary>The supervisor's own settings, which can be read again while it runs. Thread-safe.</summary>
/// <param name="file">Null = none.</param>
/// <param name="assignments">Of the command line; they stand before the file.</param>
internal sealed class SupervisorSettings(string? file, IReadOnlyList<string> assignments)
{
    private volatile QuernSettings current = QuernSettings.Load(file, assignments);

    public QuernSettings Current => current;

    /// <summary>Reads the file again. What is fixed at the start (port, address, state) stays whatever it says.</summary>
    /// <returns>What of it is the core's.</returns>
    /// <exception cref="ConfigurationException">The file is wrong: nothing changes.</exception>
    public FarmOptions Reread()
    {
        var next = QuernSettings.Load(file, assignments);
        var options = FarmSettings.Read(next);
        current = next;
        return options;
    }

    /// <summary>Every setting of a supervisor, secrets covered.</summary>
    public IReadOnlyList<SupervisorSettingView> Show()
    {
        var shown = current;
        return [.. SettingSchema.All.Where(setting => setting.Who is "supervisor" or "all").OrderBy(setting => setting.Name, StringComparer.Ordinal).Select(setting => new SupervisorSettingView
        {
            Name = setting.Name, Value = setting.Shown(shown.Text(setting.Name)), Origin = shown.Origin(setting.Name),
        })];
    }
}
