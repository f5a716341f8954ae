using Quern.Execution.Control;

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

        _system.EndStrays(_runs.Values);
        return _runs.Values.Select(Describe).ToList();
    }

    private void RecoverRun(RunKey key)
    {
        var files = RunFiles.Open(_runsFolder, key);
        var envelope = files.LoadLaunch();
        var run = new HostedRun(key, envelope?.Launch.IsDesktop ?? false, envelope?.Launch.Items ?? []) { Envelope = envelope, IsServed = envelope?.Launch.Application is not null };
        _runs.Add(key, run);
        run.Attach(files);
        run.Scan();
        var (pid, startTicks) = files.LoadProxy();
        (run.ProxyPid, run.ProxyStartTicks) = (pid, startTicks);
        if (envelope is not null && _system.FindLiving(key, pid, startTicks) is { } link)
        {
            Thaw(run, envelope);
            Await(run, envelope, link);
            return;
        }

        run.ProxyPid = 0;
        run.Kill = _system.EndsWithWorker ? new KillRun("the worker ended, and its runs with it", WorkerStopping: true) : null;
        run.IsClearing = true;
        var isGone = _system.TreeEnd(run)();
        _system.Reap(pid);
        OnTreeEnded(run, isGone);
    }

    private void Await(HostedRun run, LaunchEnvelope envelope, ProxyLink link)
    {
        run.Link = link;
        _system.Watch(link, envelope.Secret);
        SetOverdue(run, (envelope.KnockPath.Length == 0 ? 0 : envelope.Launch.ReadoptSeconds) + envelope.Launch.KillGraceSeconds + KnockMarginSeconds);
    }
}
