using Quern.Execution.Native;
using Quern.Execution.Windows;

namespace Quern.Execution.Accounts;

/// <summary>A file that says who jobs may run as must be root's alone to change.</summary>
public static class PolicyFile
{
    private const uint OthersWrite = 0x12, Sticky = 0x200;

    /// <summary>Why somebody but root could change the file or put another in its place, with the remedy; null when nobody can.</summary>
    public static string? Problem(string path)
    {
        var full = Path.GetFullPath(path);
        if (OperatingSystem.IsWindows())
        {
            return File.Exists(full) ? WindowsHost.PolicyProblem(full) : null;
        }

        if (Posix.Stat(full, followsLink: true) is not { } file)
        {
            return null;
        }

        if (file.Uid != 0)
        {
            return $"the settings '{full}' say who jobs run as and belong to uid {file.Uid}: give them to root with 'chown root {full}'";
        }

        if ((file.Permissions & OthersWrite) != 0)
        {
            return $"the settings '{full}' say who jobs run as and can be written by others than root: close them with 'chmod go-w {full}'";
        }

        var folder = Path.GetDirectoryName(full) ?? "/";
        return Posix.Stat(folder, followsLink: true) is { } parent && (parent.Uid != 0 || ((parent.Permissions & OthersWrite) != 0 && (parent.Permissions & Sticky) == 0))
            ? $"the settings '{full}' lie in a folder that others than root can write: give it to root and close it with 'chmod go-w {folder}'"
            : null;
    }
}
