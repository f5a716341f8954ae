using Quern.Execution.Containment;
using Quern.Execution.Native;

namespace Quern.Execution.Linux;

/// <summary>A proxy that was started: the worker's end of its socket, its process and a descriptor of it.</summary>
internal sealed unsafe record ProxyProcess(int Socket, int Pid, int Process, long StartTicks)
{
    /// <summary>Control group that it is in already; empty = none.</summary>
    internal string Group { get; set; } = "";

    internal bool HasExited
    {
        get
        {
            var entry = new LibC.PollEntry { Descriptor = Process, Wanted = LibC.POLLIN };
            return LibC.poll(&entry, 1, 0) != 0;
        }
    }

    /// <summary>For one that got no launch: kills it and takes its exit from the kernel.</summary>
    internal void End()
    {
        _ = LibC.close(Socket);
        _ = LibC.pidfd_send_signal(Process, LibC.SIGKILL);
        var info = stackalloc byte[128];
        _ = LibC.waitid(LibC.P_PIDFD, Process, info, LibC.WEXITED);
        _ = LibC.close(Process);
        Cgroups.Close(Group.Length > 0 ? Group : null);
    }
}
