using System.Runtime.InteropServices;

namespace Quern.Execution.Mac.Native;

/// <summary>
/// What macOS has under another name, number or layout than Linux, for 64-bit ARM; each call names its page of the manual (man 2, 3). Where name and
/// layout are the same the shared class is used (see <see cref="SystemLibrary"/>). Written from documentation: docs/unproven.md.
/// </summary>
internal static unsafe partial class LibSystem
{
    internal const string Library = "/usr/lib/libSystem.B.dylib";

    // <sys/signal.h>, <sys/fcntl.h>, <sys/errno.h>, <sys/resource.h>, <spawn.h>
    internal const int SIGCHLD = 20, SIGCONT = 19, SIGSTOP = 17;
    internal const int O_NONBLOCK = 0x4, O_APPEND = 0x8, O_CREAT = 0x200, O_EXCL = 0x800, O_NOFOLLOW = 0x100, O_DIRECTORY = 0x100000, O_CLOEXEC = 0x1000000;
    internal const int EAGAIN = 35, ELOOP = 62;
    internal const int RLIMIT_CORE = 4, RLIMIT_NOFILE = 8;
    internal const short POSIX_SPAWN_SETSID = 0x400, POSIX_SPAWN_CLOEXEC_DEFAULT = 0x4000;
    internal const int F_SETFD = 2, F_SETFL = 4, F_DUPFD_CLOEXEC = 67, F_PUNCHHOLE = 99, FD_CLOEXEC = 1;

    /// <summary>fpunchhole_t of fcntl(2).</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct PunchHole
    {
        internal uint Flags;
        internal uint Reserved;
        internal long Offset;
        internal long Length;
    }

    /// <summary>
    /// fcntl(2). On this processor the variable part of a call lies on the stack (Source: Apple, "Writing ARM64 code for Apple platforms"), so six numbers that
    /// nobody reads fill the registers before it.
    /// </summary>
    internal static int Control(int descriptor, int command, nint argument) => fcntl(descriptor, command, 0, 0, 0, 0, 0, 0, argument);

    [LibraryImport(Library, SetLastError = true)] private static partial int fcntl(int descriptor, int command, nint r2, nint r3, nint r4, nint r5, nint r6, nint r7, nint argument);

    /// <summary>pipe(2).</summary>
    [LibraryImport(Library, SetLastError = true)] internal static partial int pipe(int* descriptors);

    /// <summary>waitpid(2).</summary>
    [LibraryImport(Library, SetLastError = true)] internal static partial int waitpid(int pid, int* status, int options);

    /// <summary>initgroups(3).</summary>
    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)] internal static partial int initgroups(string name, uint gid);

    /// <summary>getuid(2), getgid(2), setreuid(2).</summary>
    [LibraryImport(Library)] internal static partial uint getuid();
    [LibraryImport(Library)] internal static partial uint getgid();
    [LibraryImport(Library, SetLastError = true)] internal static partial int setreuid(uint real, uint effective);

    /// <summary>Takes on an account for the calling thread alone, its file rights among them; pthread.h of the C library, without a page of its own.</summary>
    [LibraryImport(Library, SetLastError = true)] internal static partial int pthread_setugid_np(uint uid, uint gid);

    /// <summary>getpwnam(3), getpwuid(3).</summary>
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] internal static partial int getpwnam_r(string name, PasswdEntry* entry, byte* buffer, nuint length, PasswdEntry** result);
    [LibraryImport(Library)] internal static partial int getpwuid_r(uint uid, PasswdEntry* entry, byte* buffer, nuint length, PasswdEntry** result);

    /// <summary>struct passwd of pwd.h: three fields more than elsewhere.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct PasswdEntry
    {
        internal byte* Name;
        internal byte* Password;
        internal uint Uid;
        internal uint Gid;
        internal nint Change;
        internal byte* Class;
        internal byte* Comment;
        internal byte* Home;
        internal byte* Shell;
        internal nint Expire;
    }
}
