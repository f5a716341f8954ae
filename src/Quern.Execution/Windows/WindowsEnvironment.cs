using System.Globalization;
using Quern.Execution.Commands;
using Quern.Execution.Control;

namespace Quern.Execution.Windows;

/// <summary>The layers of <see cref="JobEnvironment"/> on Windows, where a variable's name has no case and the account's own come from its logon.</summary>
internal static class WindowsEnvironment
{
    /// <summary>What belongs to a logon and a machine: an exported environment of another does not overrule it.</summary>
    private static readonly HashSet<string> OfTheLogon = new(StringComparer.OrdinalIgnoreCase)
    {
        "ALLUSERSPROFILE", "APPDATA", "COMPUTERNAME", "COMSPEC", "HOMEDRIVE", "HOMEPATH", "LOCALAPPDATA", "LOGONSERVER", "PROGRAMDATA", "PUBLIC", "SESSIONNAME", "SYSTEMDRIVE",
        "SYSTEMROOT", "TEMP", "TMP", "USERDOMAIN", "USERNAME", "USERPROFILE", "WINDIR",
    };

    /// <param name="account">The account's own, as Windows made them at logon.</param>
    internal static Dictionary<string, string> Of(IReadOnlyDictionary<string, string> account, LaunchEnvelope envelope)
    {
        var launch = envelope.Launch;
        var all = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        Add(account, static _ => true);
        all["TEMP"] = all["TMP"] = envelope.TemporaryFolder;
        Add(launch.WorkerEnvironment, static _ => true);
        Add(launch.Environment, name => !launch.IsEnvironmentExported || !(OfTheLogon.Contains(name) || JobEnvironment.NotExported.Contains(name)));
        Add(launch.FarmEnvironment, static _ => true);
        if (!launch.HasAgenda)
        {
            all[FarmVariables.Attempt] = launch.Key.Run.ToString(CultureInfo.InvariantCulture);
        }

        all[JobEnvironment.Marker] = envelope.Marker;
        return all;

        void Add(IReadOnlyDictionary<string, string> layer, Func<string, bool> isWanted)
        {
            foreach (var (name, value) in layer)
            {
                // The name as the first one spelled it: PATH and Path are one variable.
                if (isWanted(name))
                {
                    all[name] = value;
                }
            }
        }
    }
}
