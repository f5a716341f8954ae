using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Quern.Configuration;

namespace Quern.Supervisor.Policies;

/// <summary>Whose a file is, links followed. The base library cannot say it and native calls are not the supervisor's, so the system's own program is asked. Unix only.</summary>
internal static class FileOwners
{
    private const string Program = "/usr/bin/stat";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <exception cref="ConfigurationException">It cannot be told: one sentence.</exception>
    public static uint UidOf(string path)
    {
        var start = new ProcessStartInfo(Program) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var word in (string[])["-L", "-c", "%u", "--", path])
        {
            start.ArgumentList.Add(word);
        }

        try
        {
            using var process = Process.Start(start)!;
            var said = process.StandardOutput.ReadToEndAsync();
            if (process.WaitForExit(Patience) && process.ExitCode == 0 && said.Wait(Patience) && uint.TryParse(said.Result.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var uid))
            {
                return uid;
            }
        }
        catch (Win32Exception)
        {
            // It is not there: the sentence below is right for it.
        }

        throw new ConfigurationException($"whose '{SettingDefinition.Quote(path)}' is cannot be told: {Program} does not say it");
    }
}
