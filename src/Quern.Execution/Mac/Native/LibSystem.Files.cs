using System.Runtime.InteropServices;

namespace Quern.Execution.Mac.Native;

/// <summary>Files and folders: stat(2), unlink(2), directory(3).</summary>
internal static unsafe partial class LibSystem
{
    internal const int AT_FDCWD = -2, AT_SYMLINK_NOFOLLOW = 0x20, AT_REMOVEDIR = 0x80;

    /// <summary>Bytes of struct stat with 64-bit inodes, and where mode, owner and group lie in it (stat(2)).</summary>
    internal const int StatLength = 144, StatMode = 4, StatUid = 16, StatGid = 20;

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)] internal static partial int stat(string path, byte* buffer);
    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)] internal static partial int lstat(string path, byte* buffer);

    /// <summary>struct dirent of dir(5); the name goes on after the structure.</summary>
    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    internal struct DirectoryEntry
    {
        internal ulong Inode;
        internal ulong Offset;
        internal ushort Length;
        internal ushort NameLength;
        internal byte Kind;
        internal fixed byte Name[256];
    }
}
