using Quern.Execution.Commands;
using Quern.Execution.Containment;
using Quern.Execution.Native;

namespace Quern.Execution.Unix;

/// <summary>
/// Everything a run started. With a control group nothing escapes. Without one, what is found is what descends from the proxy, is in the session of
/// its last command, or carries the marker in its environment: a process that leaves all three while the proxy is dead is not found.
/// </summary>
/// <param name="CgroupPath">Empty without one.</param>
/// <param name="Marker">Value of QUERN_RUN.</param>
/// <param name="LimitGroups">Directories of v1 hierarchies, removed with it.</param>
internal sealed record RunTree(string CgroupPath, string Marker, IReadOnlyList<string> LimitGroups)
{
    private const int EndTimeoutMs = 10_000;

    /// <summary>Kills all of it, the proxy too, and waits until it is gone. True when nothing is left.</summary>
    internal bool End(int proxyPid, int session)
    {
        var isEmpty = CgroupPath.Length == 0 || Cgroups.End(CgroupPath, EndTimeoutMs);
        var isGone = (CgroupPath.Length > 0 && isEmpty) || Sweep(proxyPid, session);
        Containment.LimitGroups.Remove(LimitGroups);
        return isGone;
    }

    private unsafe bool Sweep(int proxyPid, int session)
    {
        var deadline = Environment.TickCount64 + EndTimeoutMs;
        while (true)
        {
            var found = Find(proxyPid, session);
            if (found.Count == 0)
            {
                return true;
            }

            foreach (var process in found)
            {
                _ = LibC.kill(process.Pid, LibC.SIGKILL);
            }

            if (Environment.TickCount64 > deadline)
            {
                return false;
            }

            _ = LibC.poll(null, 0, 2);
        }
    }

    private List<ProcessFacts> Find(int proxyPid, int session)
    {
        var all = ProcessTable.All();
        var found = proxyPid > 0 ? ProcessTable.Descendants(proxyPid, all) : [];
        found.AddRange(all.Where(process => process.IsAlive
            && ((session > 0 && process.Session == session) || ProcessTable.HasVariable(process.Pid, JobEnvironment.Marker, Marker))));
        return found;
    }
}
