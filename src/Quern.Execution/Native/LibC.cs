using System.Runtime.InteropServices;

namespace Quern.Execution.Native;

/// <summary>
/// Processes, signals and descriptors of Linux's C library, under their own names (see the manual pages). Always the wrappers, never raw system
/// calls: glibc's set*id wrappers change every thread. Read <see cref="Errno.Last"/> into a local at once: any managed call may overwrite it.
/// </summary>
internal static unsafe partial class LibC
{
    private const string Library = "libc.so.6";

    internal const int SIGHUP = 1, SIGKILL = 9, SIGTERM = 15, SIGCHLD = 17, SIGCONT = 18, SIGSTOP = 19;
    internal const int O_RDONLY = 0, O_WRONLY = 1, O_RDWR = 2, O_CREAT = 0x40, O_EXCL = 0x80, O_APPEND = 0x400, O_NONBLOCK = 0x800, O_NOFOLLOW = 0x20000, O_CLOEXEC = 0x80000;
    internal const short POLLIN = 1, POLLPRI = 2, POLLOUT = 4, POLLERR = 8, POLLHUP = 16;
    internal const int P_PID = 1, P_PIDFD = 3, WNOHANG = 1, WEXITED = 4;
    internal const short SpawnSetProcessGroup = 0x02, SpawnSetSignalDefaults = 0x04, SpawnSetSignalMask = 0x08, SpawnSetSession = 0x80;
    internal const int F_DUPFD_CLOEXEC = 1030, CLOSE_RANGE_CLOEXEC = 4, FALLOC_FL_KEEP_SIZE = 1, FALLOC_FL_PUNCH_HOLE = 2;
    internal const int SFD_CLOEXEC = 0x80000, SFD_NONBLOCK = 0x800;

    [StructLayout(LayoutKind.Sequential)]
    internal struct PollEntry
    {
        internal int Descriptor;
        internal short Wanted;
        internal short Ready;
    }

    /// <summary>struct rusage: 144 bytes on every 64-bit Linux.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 144)]
    internal struct ResourceUsage
    {
        internal long UserSeconds, UserMicroseconds, SystemSeconds, SystemMicroseconds;
        internal long PeakKilobytes;
        private readonly long _shared, _data, _stack, _minorFaults, _majorFaults, _swaps;
        internal long BlocksRead, BlocksWritten;
    }

    [LibraryImport(Library, SetLastError = true)] internal static partial int pipe2(int* descriptors, int flags);
    [LibraryImport(Library, SetLastError = true)] internal static partial int poll(PollEntry* entries, nuint count, int timeoutMs);
    [LibraryImport(Library, SetLastError = true)] internal static partial nint read(int descriptor, byte* buffer, nuint count);
    [LibraryImport(Library, SetLastError = true)] internal static partial nint write(int descriptor, byte* buffer, nuint count);
    [LibraryImport(Library, SetLastError = true)] internal static partial int close(int descriptor);
    [LibraryImport(Library, SetLastError = true)] internal static partial int close_range(uint first, uint last, int flags);
    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)] internal static partial int open(string path, int flags, uint mode);
    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)] internal static partial int unlink(string path);
    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)] internal static partial int mkdir(string path, uint mode);
    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)] internal static partial int rmdir(string path);
    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)] internal static partial int access(string path, int mode);
    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)] internal static partial int chdir(string path);
    [LibraryImport(Library, SetLastError = true)] internal static partial int fcntl(int descriptor, int command, int argument);
    [LibraryImport(Library, SetLastError = true)] internal static partial int ftruncate(int descriptor, long length);
    [LibraryImport(Library, SetLastError = true)] internal static partial int fallocate(int descriptor, int mode, long offset, long length);

    [LibraryImport(Library, SetLastError = true)] internal static partial int getpid();
    [LibraryImport(Library)] internal static partial int getppid();
    [LibraryImport(Library, SetLastError = true)] internal static partial int getsid(int pid);
    [LibraryImport(Library, SetLastError = true)] internal static partial int getpriority(int which, uint who);
    [LibraryImport(Library, SetLastError = true)] internal static partial nint ptrace(nint request, nint pid, nint address, nint data);
    [LibraryImport(Library, SetLastError = true)] internal static partial int kill(int pid, int signal);
    [LibraryImport(Library, SetLastError = true)] internal static partial int wait4(int pid, int* status, int options, ResourceUsage* usage);
    [LibraryImport(Library, SetLastError = true)] internal static partial int waitid(int idType, int id, byte* info, int options);
    [LibraryImport(Library, SetLastError = true)] internal static partial nint syscall(nint number, nint first, nint second, nint third);
    [LibraryImport(Library, SetLastError = true)] internal static partial int signalfd(int descriptor, ulong* mask, int flags);
    [LibraryImport(Library, SetLastError = true)] internal static partial int prctl(int option, nuint a, nuint b, nuint c, nuint d);
    [LibraryImport(Library, SetLastError = true)] internal static partial int setpriority(int which, uint who, int value);
    [LibraryImport(Library, SetLastError = true)] internal static partial int getrlimit(int resource, ulong* limit);
    [LibraryImport(Library, SetLastError = true)] internal static partial int setrlimit(int resource, ulong* limit);
    [LibraryImport(Library)] internal static partial uint umask(uint mask);

    // posix_spawn and its helpers return the error, they do not set errno.
    [LibraryImport(Library)] internal static partial int posix_spawn(int* pid, byte* path, void* fileActions, void* attributes, byte** arguments, byte** environment);
    [LibraryImport(Library)] internal static partial int posix_spawnattr_init(void* attributes);
    [LibraryImport(Library)] internal static partial int posix_spawnattr_destroy(void* attributes);
    [LibraryImport(Library)] internal static partial int posix_spawnattr_setflags(void* attributes, short flags);
    [LibraryImport(Library)] internal static partial int posix_spawnattr_setsigdefault(void* attributes, ulong* set);
    [LibraryImport(Library)] internal static partial int posix_spawnattr_setsigmask(void* attributes, ulong* set);
    [LibraryImport(Library)] internal static partial int posix_spawn_file_actions_init(void* actions);
    [LibraryImport(Library)] internal static partial int posix_spawn_file_actions_destroy(void* actions);
    [LibraryImport(Library)] internal static partial int posix_spawn_file_actions_adddup2(void* actions, int from, int to);
    [LibraryImport(Library)] internal static partial int posix_spawn_file_actions_addclosefrom_np(void* actions, int first);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] internal static partial int posix_spawn_file_actions_addchdir_np(void* actions, string path);

    /// <summary>A descriptor for a process; -1 with errno. Number 434 on every architecture.</summary>
    internal static int pidfd_open(int pid) => (int)syscall(434, pid, 0, 0);

    /// <summary>Sends a signal through a process descriptor, so that a reused pid is never hit. Number 424 on every architecture.</summary>
    internal static int pidfd_send_signal(int pidfd, int signal) => (int)syscall(424, pidfd, signal, 0);
}
