namespace Quern.Execution.Windows;

/// <summary>The line that runs a job's command through a shell of Windows.</summary>
internal static class ShellCommand
{
    /// <summary>
    /// cmd.exe with /s takes off the first and the last quotation mark and nothing else, so the command stands between them as it is (Source: cmd, Windows
    /// Commands reference). /d: no AutoRun of the registry.
    /// </summary>
    internal static string Of(string shell, string command) => Kind(shell) switch
    {
        "powershell" or "pwsh" => CommandLine.Of(shell, "-NoProfile", "-NonInteractive", "-Command", command),
        "sh" or "bash" or "dash" or "zsh" or "ksh" => CommandLine.Of(shell, "-c", command),
        _ => $"{CommandLine.Of(shell)} /d /s /c \"{command}\"",
    };

    /// <summary>The shell of a job that names none, or one of another system.</summary>
    internal static string Usual(string shell) => shell.Length == 0 || shell.StartsWith('/') ? Path.Combine(Environment.SystemDirectory, "cmd.exe") : shell;

    /// <summary>It cannot work in a folder of the network: it would go to the Windows folder instead.</summary>
    internal static bool IsCmd(string shell) => Kind(shell) is "cmd";

    private static string Kind(string shell) => Path.GetFileNameWithoutExtension(shell[(shell.LastIndexOfAny(['\\', '/']) + 1)..]).ToLowerInvariant();
}
