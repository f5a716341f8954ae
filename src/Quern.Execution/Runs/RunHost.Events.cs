namespace Quern.Execution.Runs;

/// <summary>What happened to runs, applied on the loop.</summary>
public sealed partial class RunHost
{
    private void Apply(HostEvent hostEvent)
    {
        if (!_runs.TryGetValue(hostEvent.Key, out var run))
        {
            ApplyToForgotten(hostEvent);
            return;
        }

        switch (hostEvent)
        {
            case ProxyStarted started:
                OnStarted(run, started);
                break;
            case StartRefused refused:
                OnRefused(run, refused);
                break;
            case JournalGrew:
                Look(run);
                break;
            case ProxyKnocked knocked:
                OnKnocked(run, knocked);
                break;
            case ProxyExited:
                Look(run);
                Clear(run, waitMs: 0);
                break;
            case ProxyLied:
                _options.Log($"run {run.Key}: the proxy sent what no proxy sends and is ended");
                run.Link?.Kill();
                break;
            case TreeEnded ended:
                OnTreeEnded(run, ended.IsGone);
                break;
            case RunOverdue:
                _options.Log($"run {run.Key}: it did not end or come back in time and is ended");
                Clear(run, waitMs: 0);
                break;
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    /// <summary>The run was forgotten while it was being started, or ended meanwhile.</summary>
    private void ApplyToForgotten(HostEvent hostEvent)
    {
        switch (hostEvent)
        {
            case ProxyStarted started:
                var run = new HostedRun(started.Key, started.Envelope.Launch.IsDesktop, []) { Envelope = started.Envelope, Link = started.Link, ProxyPid = started.Link.Pid };
                _system.Watch(started.Link, started.Envelope.Secret);
                run.Attach(started.Files);
                ForgetFiles(run);
                break;
            case StartRefused { Files: { } files }:
                files.Delete(_options.Log);
                break;
            case ProxyKnocked knocked:
                _system.Unwatch(knocked.Key, knocked.Link);
                break;
            default:
                break;
        }
    }

    private void OnStarted(HostedRun run, ProxyStarted started)
    {
        run.Envelope = started.Envelope;
        run.ProxyPid = started.Link.Pid;
        run.ProxyStartTicks = started.StartTicks;
        run.Attach(started.Files);
        _system.Watch(started.Link, started.Envelope.Secret);
        Connect(run, started.Link);
        Look(run);
    }

    private void OnRefused(HostedRun run, StartRefused refused)
    {
        _options.Log($"run {run.Key} was not started: {refused.End.Text}");
        run.IsGone = true;
        _changed.Add(run.Key);
        if (refused.Files is null)
        {
            run.Refuse(UnixMs, refused.End);
            return;
        }

        run.Attach(refused.Files);
        Finish(run, refused.End);
    }

    private void OnKnocked(HostedRun run, ProxyKnocked knocked)
    {
        run.Overdue?.Dispose();
        run.Overdue = null;
        run.SetHeld(knocked.Held);
        Connect(run, knocked.Link);
        if (run.Kill is not null)
        {
            ExpectEnd(run);
        }

        Look(run);
        _changed.Add(run.Key);
    }

    private void Connect(HostedRun run, ProxyLink link)
    {
        run.Link = link;
        foreach (var order in run.Waiting)
        {
            Send(run, link, order);
        }

        run.Waiting.Clear();
    }

    private void Look(HostedRun run)
    {
        if (run.Scan())
        {
            _changed.Add(run.Key);
        }

        CheckStandstill(run);
        CheckIdentity(run);
        CheckDamage(run);
    }

    private void CheckDamage(HostedRun run)
    {
        if (run is { IsDamaged: true, IsClearing: false, IsGone: false })
        {
            _options.Log($"run {run.Key}: its journal is damaged after position {run.JournalEnd}; the run is ended");
            Clear(run, waitMs: 0);
        }
    }

    /// <summary>A run that was told to end has the grace and a margin.</summary>
    private void ExpectEnd(HostedRun run)
    {
        var grace = run.Envelope?.Launch.KillGraceSeconds ?? 0;
        SetOverdue(run, grace + EndMarginSeconds);
    }

    private void SetOverdue(HostedRun run, int seconds)
    {
        var key = run.Key;
        run.Overdue?.Dispose();
        run.Overdue = _options.Time.CreateTimer(_ => _inbox.Add(new RunOverdue(key)), null, TimeSpan.FromSeconds(seconds), Timeout.InfiniteTimeSpan);
    }

    private long UnixMs => _options.Time.GetUtcNow().ToUnixTimeMilliseconds();
}
