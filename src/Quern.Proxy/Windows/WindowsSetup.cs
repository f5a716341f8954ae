using System.Collections;
using System.Runtime.Versioning;
using Quern.Execution.Commands;
using Quern.Execution.Control;
using Quern.Execution.Runs;
using Quern.Execution.Windows;

namespace Quern.Proxy.Windows;

/// <summary>What a run has before its first command: its drives, its private temporary folder and its environment. Nothing is started when one cannot be had.</summary>
[SupportedOSPlatform("windows")]
internal sealed class WindowsSetup(LaunchEnvelope envelope)
{
    private readonly Launch _launch = envelope.Launch;
    private readonly List<string> _drives = [];

    /// <summary>Of every command, without the variables of an item. Names compare without case.</summary>
    internal Dictionary<string, string> Environment { get; private set; } = [];

    /// <summary>Null when all is there.</summary>
    internal RunEnded? Prepare()
    {
        if (_launch.VirtualScreen.Length > 0)
        {
            return Refused("worker_virtual_display = xvfb is for Linux: set it to none for this host");
        }

        if (_launch.ProfilePath.Length > 0)
        {
            return Refused($"the environment profile '{_launch.ProfilePath}' is a script of a Unix shell: submit without env_profile, or set worker_env_profile = none for this host");
        }

        try
        {
            Directory.CreateDirectory(envelope.TemporaryFolder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return Refused($"the temporary folder '{envelope.TemporaryFolder}' cannot be made: {error.Message}: set worker_temp_folder to a folder that every account can write");
        }

        foreach (var (drive, share) in _launch.Drives)
        {
            if (NetworkDrive.Connect(drive, share) is { } problem)
            {
                return Refused(problem);
            }

            _drives.Add(drive);
        }

        // This process has the account's environment, as Windows makes it from machine, profile and logon.
        var own = System.Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? "");
        Environment = WindowsEnvironment.Of(own, envelope);
        return null;
    }

    /// <summary>Takes the run's folder and drives away; no process of the run is left.</summary>
    internal void Clear()
    {
        foreach (var drive in _drives)
        {
            NetworkDrive.Disconnect(drive);
        }

        FolderRemoval.Remove(envelope.TemporaryFolder);
    }

    private RunEnded Refused(string text) => new(RunEndCause.Refused, 0, 0,
        $"the run could not be prepared on host '{System.Environment.MachineName}' as '{envelope.Account.Name}': {text}");
}
