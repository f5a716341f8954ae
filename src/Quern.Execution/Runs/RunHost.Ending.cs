namespace Quern.Execution.Runs;

/// <summary>The end of runs: nothing of them is left, and the journal's last record says how it came.</summary>
public sealed partial class RunHost
{
    private const int KillSignal = 9;

    /// <summary>Ends what is left of the run, the proxy first, away from the loop. <see cref="TreeEnded"/> follows.</summary>
    /// <param name="waitMs">How long the proxy may take to end by itself.</param>
    private void Clear(HostedRun run, int waitMs)
    {
        if (run.IsClearing || run.IsGone || run.Files is null)
        {
            return;
        }

        (run.IsClearing, run.WasCleared) = (true, true);
        var (key, link, endTree) = (run.Key, run.Link, _system.TreeEnd(run));
        _tasks.Add(Task.Run(() =>
        {
            EndProxy(link, waitMs);
            _inbox.Add(new TreeEnded(key, endTree()));
        }));
    }

    private void OnTreeEnded(HostedRun run, bool isGone)
    {
        if (!isGone)
        {
            _options.Log($"run {run.Key}: some of its processes could not be ended{(run.Envelope?.CgroupPath is { Length: > 0 } path ? $"; look at '{path}'" : "")}");
        }

        run.IsGone = true;
        _system.Unwatch(run.Key, run.Link);
        _changed.Add(run.Key);
        FinishLost(run);
    }

    /// <summary>Writes what the proxy could not: the running item is lost, the others are free, the run is over.</summary>
    private void FinishLost(HostedRun run)
    {
        run.Scan();
        if (run.End is not null)
        {
            run.Overdue?.Dispose();
            return;
        }

        var end = run.Mismatch is { } mismatch
            ? new RunEnded(RunEndCause.BadLogin, 0, 0, mismatch)
            : run.Kill is { } kill
            ? new RunEnded(kill.WorkerStopping ? RunEndCause.WorkerStopped : RunEndCause.Killed, 0, 0, kill.Reason)
            : new RunEnded(RunEndCause.ProxyLost, 0, 0, run.IsDamaged
                ? $"the run's journal on host '{Environment.MachineName}' is damaged after position {run.JournalEnd}: see whether its disk is full or failing"
                : $"quern-proxy of the run ended on host '{Environment.MachineName}' without saying so: see whether somebody killed it or memory ran out there");
        Finish(run, end);
    }

    private void Finish(HostedRun run, RunEnded end)
    {
        var bodies = new List<JournalBody>();
        if (run.WasCleared)
        {
            bodies.Add(new RunNote(-1, 0, $"everything it started was ended (KILL) by the worker, {_system.EndedThrough(run.Envelope)}"));
        }

        if (run.RunningItem is { } item)
        {
            bodies.Add(run.Kill is { } kill
                ? new RunItemEnded(item.Item, item.Attempt, ItemEndCause.Stopped, 0, KillSignal, kill.Reason, 0, 0)
                : new RunItemEnded(item.Item, item.Attempt, ItemEndCause.Lost, 0, 0, end.Text, 0, 0));
        }

        bodies.AddRange(run.Held.Select(held => new RunItemReleased(held.Item, held.Attempt)));
        bodies.Add(end);
        run.Overdue?.Dispose();
        try
        {
            run.Append(UnixMs, bodies);
        }
        catch (IOException error)
        {
            // The disk took no more; in memory it can still be told, and after a restart it is found and finished again.
            _options.Log($"finish the journal of {run.Key}: {error.Message}");
        }
    }

    /// <summary>Ends a run that nobody wants any more and removes its folder, away from the loop.</summary>
    private void ForgetFiles(HostedRun run)
    {
        var (key, link, files, isGone, envelope, endTree) = (run.Key, run.Link, run.Files!, run.IsGone, run.Envelope, _system.TreeEnd(run));
        _tasks.Add(Task.Run(() =>
        {
            if (!isGone)
            {
                EndProxy(link, waitMs: 0);
                endTree();
                _system.Unwatch(key, link);
            }

            if (envelope is not null)
            {
                _system.RemoveLeftovers(envelope);
            }

            files.Delete(_options.Log);
        }));
    }

    private static void EndProxy(ProxyLink? link, int waitMs)
    {
        if (link is not null && !link.WaitForExit(waitMs))
        {
            // What it started is ended by the tree's end that follows.
            link.Kill();
            link.WaitForExit(EndMarginSeconds * 1000);
        }
    }
}
