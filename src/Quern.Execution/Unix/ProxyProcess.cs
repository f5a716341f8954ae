using Quern.Execution.Containment;
using Quern.Execution.Native;

namespace Quern.Execution.Unix;

/// <summary>A proxy that was started: the worker's end of its socket, its process and a descriptor of it.</summary>
internal sealed record ProxyProcess(int Socket, int Pid, int Process, long StartTicks)
{
    /// <summary>Control group that it is in already; empty = none.</summary>
    internal string Group { get; set; } = "";

    internal bool HasExited => Posix.HasEnded(Process, 0);

    /// <summary>For one that got no launch: kills it and takes its exit from the kernel.</summary>
    internal void End()
    {
        _ = LibC.close(Socket);
        Posix.Kill(Process, Pid);
        Posix.Reap(Process, Pid, waits: true);
        _ = LibC.close(Process);
        Cgroups.Close(Group.Length > 0 ? Group : null);
    }
}
