using System.Runtime.InteropServices;

namespace Quern.Execution.Native;

/// <summary>Who owns a file, folders with a name nobody guesses, and the System V objects of an account.</summary>
internal static unsafe partial class LibC
{
    internal const int AT_FDCWD = -100, AT_SYMLINK_NOFOLLOW = 0x100;
    private const uint STATX_BASIC = 0x7FF;
    internal const int IPC_RMID = 0;

    /// <param name="Mode">Type and permissions as in st_mode.</param>
    internal readonly record struct FileFacts(uint Uid, uint Gid, uint Mode)
    {
        internal bool IsFolder => (Mode & 0xF000) == 0x4000;

        internal bool IsLink => (Mode & 0xF000) == 0xA000;

        internal uint Permissions => Mode & 0xFFF;
    }

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)] private static partial int statx(int folder, string path, int flags, uint mask, byte* buffer);
    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)] internal static partial int chmod(string path, uint mode);
    [LibraryImport(Library, SetLastError = true)] internal static partial int shmctl(int id, int command, void* buffer);
    [LibraryImport(Library, SetLastError = true)] internal static partial int msgctl(int id, int command, void* buffer);
    [LibraryImport(Library, SetLastError = true)] internal static partial int semctl(int id, int index, int command, nint argument);

    /// <summary>Null when there is no such file or it cannot be seen; errno says which. statx has one layout on every architecture.</summary>
    internal static FileFacts? Stat(string path, bool followsLink)
    {
        var buffer = stackalloc byte[256];
        return statx(AT_FDCWD, path, followsLink ? 0 : AT_SYMLINK_NOFOLLOW, STATX_BASIC, buffer) == 0
            ? new FileFacts(*(uint*)(buffer + 20), *(uint*)(buffer + 24), *(ushort*)(buffer + 28))
            : null;
    }
}
