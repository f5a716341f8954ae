using System.Globalization;
using Quern.Execution.Commands;
using Quern.Execution.Native;

namespace Quern.Proxy.Unix;

/// <summary>
/// An account that is one slot's alone: what belongs to it is a run's that is over. It is ended and removed as the account itself, so that the kernel
/// sees to it that nothing of anybody else is touched.
/// </summary>
internal static unsafe class SlotAccount
{
    private static readonly string[] Folders = OperatingSystem.IsMacOS() ? ["/private/tmp", "/private/var/tmp"] : ["/tmp", "/var/tmp", "/dev/shm"];

    /// <summary>Ends every process of the account but this one, and removes its files in the temporary folders and its System V objects (of which macOS has no list).</summary>
    internal static void Sweep(uint uid)
    {
        // As an ordinary account -1 means: every process of mine but me.
        _ = LibC.kill(-1, LibC.SIGKILL);
        foreach (var folder in Folders)
        {
            foreach (var entry in Entries(folder).Where(entry => Posix.Stat(entry, followsLink: false)?.Uid == uid))
            {
                Remove(entry);
            }
        }

        foreach (var id in SystemV("shm", uid))
        {
            _ = LibC.shmctl(id, LibC.IPC_RMID, null);
        }

        foreach (var id in SystemV("sem", uid))
        {
            _ = LibC.semctl(id, 0, LibC.IPC_RMID, 0);
        }

        foreach (var id in SystemV("msg", uid))
        {
            _ = LibC.msgctl(id, LibC.IPC_RMID, null);
        }
    }

    /// <summary>What cannot be removed stays; a link is removed and never followed.</summary>
    private static void Remove(string path)
    {
        if (Posix.Stat(path, followsLink: false) is { IsFolder: true })
        {
            TreeRemoval.Remove(path);
            return;
        }

        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Somebody else's, or gone meanwhile.
        }
    }

    private static string[] Entries(string folder)
    {
        try
        {
            return Directory.GetFileSystemEntries(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Ids of the account's objects. The columns have their names in the first line: "shmid" and "uid" among them.</summary>
    private static List<int> SystemV(string kind, uint uid)
    {
        var path = "/proc/sysvipc/" + kind;
        var found = new List<int>();
        if (!File.Exists(path))
        {
            return found;
        }

        var lines = File.ReadAllLines(path);
        var (idAt, uidAt) = (Array.IndexOf(Words(lines[0]), kind == "msg" ? "msqid" : kind + "id"), Array.IndexOf(Words(lines[0]), "uid"));
        foreach (var words in lines.Skip(1).Select(Words).Where(words => words.Length > Math.Max(idAt, uidAt)))
        {
            if (idAt >= 0 && uidAt >= 0 && words[uidAt] == uid.ToString(CultureInfo.InvariantCulture) && int.TryParse(words[idAt], out var id))
            {
                found.Add(id);
            }
        }

        return found;

        static string[] Words(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
    }
}
