using Quern.Execution.Mac.Native;

namespace Quern.Execution.Native;

/// <summary>
/// What Linux and macOS both do and number, name or lay out differently. A program is built for one of them, so the compiler drops the other's half. What
/// is the same on both is <see cref="LibC"/>'s alone.
/// </summary>
internal static unsafe partial class Posix
{
    internal static int CloseOnExec => OperatingSystem.IsMacOS() ? LibSystem.O_CLOEXEC : LibC.O_CLOEXEC;
    internal static int NoFollow => OperatingSystem.IsMacOS() ? LibSystem.O_NOFOLLOW : LibC.O_NOFOLLOW;
    internal static int NonBlocking => OperatingSystem.IsMacOS() ? LibSystem.O_NONBLOCK : LibC.O_NONBLOCK;
    internal static int Appending => OperatingSystem.IsMacOS() ? LibSystem.O_APPEND : LibC.O_APPEND;
    internal static int ChildSignal => OperatingSystem.IsMacOS() ? LibSystem.SIGCHLD : LibC.SIGCHLD;
    internal static int ContinueSignal => OperatingSystem.IsMacOS() ? LibSystem.SIGCONT : LibC.SIGCONT;
    internal static int StopSignal => OperatingSystem.IsMacOS() ? LibSystem.SIGSTOP : LibC.SIGSTOP;

    /// <summary>The error says: nothing now, later perhaps.</summary>
    internal static bool IsAgain(int error) => error == (OperatingSystem.IsMacOS() ? LibSystem.EAGAIN : Errno.EAGAIN);

    internal static bool IsLoop(int error) => error == (OperatingSystem.IsMacOS() ? LibSystem.ELOOP : Errno.ELOOP);

    /// <summary>Two ends that are closed on exec. False with errno.</summary>
    internal static bool Pipe(int* ends)
    {
        if (!OperatingSystem.IsMacOS())
        {
            return LibC.pipe2(ends, LibC.O_CLOEXEC) == 0;
        }

        return LibSystem.pipe(ends) == 0 && Keep(ends[0]) && Keep(ends[1]);
    }

    internal static void SetNonBlocking(int descriptor)
    {
        const int setFlags = 4;
        _ = OperatingSystem.IsMacOS() ? LibSystem.Control(descriptor, LibSystem.F_SETFL, LibSystem.O_NONBLOCK) : LibC.fcntl(descriptor, setFlags, LibC.O_NONBLOCK);
    }

    /// <summary>A copy of the descriptor that is closed on exec, numbered <paramref name="least"/> or above.</summary>
    internal static int Raise(int descriptor, int least) =>
        OperatingSystem.IsMacOS() ? LibSystem.Control(descriptor, LibSystem.F_DUPFD_CLOEXEC, least) : LibC.fcntl(descriptor, LibC.F_DUPFD_CLOEXEC, least);

    /// <summary>A descriptor of a living process, which is ready to be read when that has ended; -1 with errno when it has ended already.</summary>
    internal static int ProcessDescriptor(int pid)
    {
        if (!OperatingSystem.IsMacOS())
        {
            return LibC.pidfd_open(pid);
        }

        // A queue of its own for the one event, which is never taken out and so stays.
        var queue = LibSystem.kqueue();
        var exit = LibSystem.Event.Adding((nuint)pid, LibSystem.EVFILT_PROC, LibSystem.NOTE_EXIT);
        if (queue >= 0 && LibSystem.kevent(queue, &exit, 1, null, 0, null) != 0)
        {
            var error = Errno.Last;
            _ = LibC.close(queue);
            System.Runtime.InteropServices.Marshal.SetLastPInvokeError(error);
            return -1;
        }

        return queue;
    }

    /// <summary>Kills the process of a descriptor. Where the system cannot name one by its descriptor, one that has ended is left alone.</summary>
    internal static void Kill(int descriptor, int pid)
    {
        if (!OperatingSystem.IsMacOS())
        {
            _ = LibC.pidfd_send_signal(descriptor, LibC.SIGKILL);
            return;
        }

        if (!HasEnded(descriptor, 0))
        {
            _ = LibC.kill(pid, LibC.SIGKILL);
        }
    }

    /// <summary>The process of the descriptor ends within the time.</summary>
    internal static bool HasEnded(int descriptor, int timeoutMs)
    {
        var entry = new LibC.PollEntry { Descriptor = descriptor, Wanted = LibC.POLLIN };
        return LibC.poll(&entry, 1, timeoutMs) != 0;
    }

    /// <summary>Takes the exit of the descriptor's process from the kernel, when it is a child.</summary>
    internal static void Reap(int descriptor, int pid, bool waits)
    {
        if (OperatingSystem.IsMacOS())
        {
            _ = LibSystem.waitpid(pid, null, waits ? 0 : LibC.WNOHANG);
            return;
        }

        var info = stackalloc byte[128];
        _ = LibC.waitid(LibC.P_PIDFD, descriptor, info, LibC.WEXITED | (waits ? 0 : LibC.WNOHANG));
    }

    /// <summary>The calling thread alone takes on the account's file rights, for good. True when it did.</summary>
    internal static bool TakeOnFileRights(uint uid, uint gid)
    {
        if (OperatingSystem.IsMacOS())
        {
            return LibSystem.pthread_setugid_np(uid, gid) == 0;
        }

        _ = LibC.setfsgid(gid);
        _ = LibC.setfsuid(uid);
        return (uint)LibC.setfsgid(uint.MaxValue) == gid && (uint)LibC.setfsuid(uint.MaxValue) == uid;
    }

    private static bool Keep(int descriptor) => LibSystem.Control(descriptor, LibSystem.F_SETFD, LibSystem.FD_CLOEXEC) == 0;
}
