using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Quern.Execution.Mac.Native;

namespace Quern.Execution.Native;

/// <summary>Files and folders.</summary>
internal static unsafe partial class Posix
{
    /// <summary>Opens a folder itself for reading, never what a link points to.</summary>
    internal static int FolderFlags => OperatingSystem.IsMacOS()
        ? LibSystem.O_DIRECTORY | LibSystem.O_NOFOLLOW | LibSystem.O_CLOEXEC
        : LibC.O_RDONLY | LibC.O_DIRECTORY | LibC.O_NOFOLLOW | LibC.O_CLOEXEC;

    /// <summary>In place of a folder's descriptor: the current folder.</summary>
    internal static int Here => OperatingSystem.IsMacOS() ? LibSystem.AT_FDCWD : LibC.AT_FDCWD;

    internal static int NotTheLinked => OperatingSystem.IsMacOS() ? LibSystem.AT_SYMLINK_NOFOLLOW : LibC.AT_SYMLINK_NOFOLLOW;
    internal static int RemovingFolder => OperatingSystem.IsMacOS() ? LibSystem.AT_REMOVEDIR : LibC.AT_REMOVEDIR;

    /// <summary>Null when there is no such file or it cannot be seen; errno says which.</summary>
    internal static LibC.FileFacts? Stat(string path, bool followsLink)
    {
        if (!OperatingSystem.IsMacOS())
        {
            return LibC.Stat(path, followsLink);
        }

        var buffer = stackalloc byte[LibSystem.StatLength];
        return (followsLink ? LibSystem.stat(path, buffer) : LibSystem.lstat(path, buffer)) == 0 ? MacFacts(buffer) : null;
    }

    internal static LibC.FileFacts MacFacts(byte* stat) => new(*(uint*)(stat + LibSystem.StatUid), *(uint*)(stat + LibSystem.StatGid), *(ushort*)(stat + LibSystem.StatMode));

    /// <summary>The next name in an open folder, with its final zero; null at the end.</summary>
    internal static byte[]? NextName(void* folder)
    {
        var entry = LibC.readdir(folder);
        if (entry is null)
        {
            return null;
        }

        var name = OperatingSystem.IsMacOS() ? ((LibSystem.DirectoryEntry*)entry)->Name : entry->Name;
        return new ReadOnlySpan<byte>(name, MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name).Length + 1).ToArray();
    }

    /// <summary>Gives the disk back what whole pages lie between; a file system that cannot keeps them.</summary>
    internal static void PunchHole(SafeFileHandle file, long from, long to)
    {
        var descriptor = (int)file.DangerousGetHandle();
        if (OperatingSystem.IsMacOS())
        {
            var hole = new LibSystem.PunchHole { Offset = from, Length = to - from };
            _ = LibSystem.Control(descriptor, LibSystem.F_PUNCHHOLE, (nint)(&hole));
        }
        else
        {
            _ = LibC.fallocate(descriptor, LibC.FALLOC_FL_KEEP_SIZE | LibC.FALLOC_FL_PUNCH_HOLE, from, to - from);
        }
    }
}
