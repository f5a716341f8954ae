using System.Runtime.InteropServices;

namespace Quern.Execution.Native;

/// <summary>Folders by descriptor, so that no path is walked twice. Names are bytes: a job may give a file any.</summary>
internal static unsafe partial class LibC
{
    internal const int O_DIRECTORY = 0x10000, AT_REMOVEDIR = 0x200;

    [LibraryImport(Library, SetLastError = true)] internal static partial int openat(int folder, byte* name, int flags, uint mode);
    [LibraryImport(Library, SetLastError = true)] internal static partial int unlinkat(int folder, byte* name, int flags);
    [LibraryImport(Library, SetLastError = true)] internal static partial int renameat(int from, byte* name, int to, byte* newName);
    [LibraryImport(Library, SetLastError = true)] internal static partial int fchmod(int descriptor, uint mode);
    [LibraryImport(Library, SetLastError = true)] internal static partial int fchmodat(int folder, byte* name, uint mode, int flags);
    [LibraryImport(Library, SetLastError = true)] internal static partial void* fdopendir(int descriptor);
    [LibraryImport(Library, SetLastError = true)] internal static partial DirectoryEntry* readdir(void* stream);
    [LibraryImport(Library, SetLastError = true)] internal static partial int closedir(void* stream);

    // Of the calling thread alone; the result is the id before, and a second call with -1 tells whether it took.
    [LibraryImport(Library)] internal static partial int setfsuid(uint uid);
    [LibraryImport(Library)] internal static partial int setfsgid(uint gid);

    /// <summary>struct dirent of every 64-bit Linux; the name goes on after the structure.</summary>
    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    internal struct DirectoryEntry
    {
        internal ulong Inode;
        internal long Offset;
        internal ushort Length;
        internal byte Kind;
        internal fixed byte Name[256];
    }
}
