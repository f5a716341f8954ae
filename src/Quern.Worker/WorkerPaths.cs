using System.Security.Cryptography;
using System.Text;
using Quern.Configuration;

namespace Quern.Worker;

/// <summary>Where things of this installation and of one worker are.</summary>
internal static class WorkerPaths
{
    /// <summary>QBDIR: the folder above <c>bin</c> and <c>sbin</c>; the programs' own where they are not in such a folder.</summary>
    public static string InstallFolder(string programs)
    {
        var folder = Path.TrimEndingDirectorySeparator(programs);
        return Path.GetFileName(folder) is "bin" or "sbin" && Path.GetDirectoryName(folder) is { } above ? above : folder;
    }

    /// <summary>
    /// Where proxies of an earlier worker knock. A socket in the run folder; where the state lies in somebody's private folder an account of a job could
    /// not reach that, so there it is an abstract one ('@'), or on macOS, which has none, one of root's in <c>/var/run</c>. Empty in desktop mode and on
    /// Windows: runs end with the worker.
    /// </summary>
    public static string Knock(StateFolder state, string role, bool isDesktop)
    {
        if (isDesktop || OperatingSystem.IsWindows())
        {
            return "";
        }

        var path = state.SocketPath("knock" + role[StateFolder.WorkerRole.Length..]);
        if (IsOpen(Path.GetDirectoryName(path)!))
        {
            return path;
        }

        var name = $"quern-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{state.Root}\n{role}")))[..32]}";
        return OperatingSystem.IsMacOS() ? $"/var/run/{name}.sock" : "@" + name;
    }

    /// <summary>Every account may pass through the folder and all above it.</summary>
    private static bool IsOpen(string folder)
    {
        for (var at = folder; at is not null; at = Path.GetDirectoryName(at))
        {
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(at) & UnixFileMode.OtherExecute) == 0)
            {
                return false;
            }
        }

        return true;
    }
}
