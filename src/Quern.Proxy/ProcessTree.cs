using Quern.Execution.Containment;
using Quern.Execution.Native;

namespace Quern.Proxy;

/// <summary>
/// The processes below this one. The proxy is their subreaper: a process whose parent dies becomes its child, so "no child" means "nothing left",
/// and one system call tells.
/// </summary>
internal static unsafe class ProcessTree
{
    private const int EndTimeoutMs = 10_000;

    internal readonly record struct Exit(int Status, long CpuMs, long PeakMemoryBytes);

    /// <summary>Reaps whatever has ended. Returns the wanted process's exit when it was among it.</summary>
    internal static Exit? Reap(int wanted, out bool isEmpty)
    {
        Exit? exit = null;
        while (true)
        {
            int status;
            LibC.ResourceUsage usage;
            var pid = LibC.wait4(-1, &status, LibC.WNOHANG, &usage);
            if (pid <= 0)
            {
                isEmpty = pid < 0 && Errno.Last == Errno.ECHILD;
                return exit;
            }

            if (pid == wanted)
            {
                var microseconds = ((usage.UserSeconds + usage.SystemSeconds) * 1_000_000) + usage.UserMicroseconds + usage.SystemMicroseconds;
                exit = new Exit(status, microseconds / 1000, usage.PeakKilobytes * 1024);
            }
        }
    }

    /// <summary>Asks all of them to end; stopped ones are woken to hear it.</summary>
    internal static void Terminate()
    {
        foreach (var process in ProcessTable.Descendants(LibC.getpid(), ProcessTable.All()))
        {
            _ = LibC.kill(process.Pid, LibC.SIGTERM);
            _ = LibC.kill(process.Pid, LibC.SIGCONT);
        }
    }

    /// <summary>Kills all of them and waits until none is left. Returns the wanted process's exit when it was among them.</summary>
    internal static Exit? Kill(int wanted, out bool isEmpty)
    {
        var exit = Reap(wanted, out isEmpty);
        var deadline = Clock.Ms + EndTimeoutMs;
        while (!isEmpty && Clock.Ms < deadline)
        {
            foreach (var process in ProcessTable.Descendants(LibC.getpid(), ProcessTable.All()))
            {
                _ = LibC.kill(process.Pid, LibC.SIGKILL);
            }

            _ = LibC.poll(null, 0, 1);
            exit = Reap(wanted, out isEmpty) ?? exit;
        }

        return exit;
    }
}
