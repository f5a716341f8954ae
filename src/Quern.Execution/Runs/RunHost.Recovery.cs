using Quern.Execution.Commands;
using Quern.Execution.Containment;
using Quern.Execution.Control;
using Quern.Execution.Native;

namespace Quern.Execution.Runs;

/// <summary>What an earlier worker left: living runs wait for their proxy's knock, dead ones are cleared and finished, strays are ended.</summary>
public sealed partial class RunHost
{
    public IReadOnlyList<HeldRun> Recover()
    {
        foreach (var folder in Directory.GetDirectories(_runsFolder))
        {
            if (RunFiles.ParseName(Path.GetFileName(folder)) is not { } key || _runs.ContainsKey(key))
            {
                continue;
            }

            try
            {
                RecoverRun(key);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                _options.Log($"take back the run in '{folder}': {error.Message}");
            }
        }

        EndStrays();
        return _runs.Values.Select(Describe).ToList();
    }

    private void RecoverRun(RunKey key)
    {
        var files = RunFiles.Open(_runsFolder, key);
        var envelope = files.LoadLaunch();
        var run = new HostedRun(key, envelope?.Launch.IsDesktop ?? false, envelope?.Launch.Items ?? []) { Envelope = envelope };
        _runs.Add(key, run);
        run.Attach(files);
        run.Scan();
        var (pid, startTicks) = files.LoadProxy();
        (run.ProxyPid, run.ProxyStartTicks) = (pid, startTicks);
        if (envelope is not null && pid > 0 && ProcessTable.Find(pid) is { IsAlive: true } facts && facts.StartTicks == startTicks)
        {
            Await(run, envelope, pid);
            return;
        }

        run.ProxyPid = 0;
        run.IsClearing = true;
        var isGone = run.Tree(ProxyStarter.Marker(key, _id)).End(0, 0);
        ReapChild(pid);
        OnTreeEnded(run, isGone);
    }

    private void Await(HostedRun run, LaunchEnvelope envelope, int pid)
    {
        var link = new ProxyLink(run.Key, -1, pid, LibC.pidfd_open(pid));
        run.Link = link;
        _watcher.Expect(run.Key, pid, envelope.Secret);
        _watcher.Add(link);
        SetOverdue(run, (envelope.KnockPath.Length == 0 ? 0 : envelope.Launch.ReadoptSeconds) + envelope.Launch.KillGraceSeconds + KnockMarginSeconds);
    }

    /// <summary>Groups and marked processes of runs whose folder is gone. The marker names this worker's state, so another farm's are left alone.</summary>
    private void EndStrays()
    {
        foreach (var group in _cgroups?.Existing().ToArray() ?? [])
        {
            if (RunFiles.ParseName(Path.GetFileName(group)) is { } key && !_runs.ContainsKey(key))
            {
                Cgroups.End(group, EndMarginSeconds * 1000);
            }
        }

        var known = _runs.Keys.Select(key => ProxyStarter.Marker(key, _id)).ToHashSet(StringComparer.Ordinal);
        foreach (var process in ProcessTable.All())
        {
            if (ProcessTable.Value(process.Pid, JobEnvironment.Marker) is { } marker && marker.EndsWith("@" + _id, StringComparison.Ordinal) && !known.Contains(marker))
            {
                _options.Log($"process {process.Pid} of the forgotten run {marker} is ended");
                _ = LibC.kill(process.Pid, LibC.SIGKILL);
            }
        }
    }

    private static unsafe void ReapChild(int pid)
    {
        if (pid > 0)
        {
            var info = stackalloc byte[128];
            _ = LibC.waitid(LibC.P_PID, pid, info, LibC.WEXITED | LibC.WNOHANG);
        }
    }
}
