using Quern.Execution.Commands;
using Quern.Execution.Containment;
using Quern.Execution.Native;

namespace Quern.Execution.Runs;

/// <summary>The end of runs: nothing of them is left, and the journal's last record says how it came.</summary>
public sealed partial class RunHost
{
    /// <summary>Ends what is left of the run, the proxy first, away from the loop. <see cref="TreeEnded"/> follows.</summary>
    /// <param name="waitMs">How long the proxy may take to end by itself.</param>
    private void Clear(HostedRun run, int waitMs)
    {
        if (run.IsClearing || run.IsGone || run.Files is null)
        {
            return;
        }

        (run.IsClearing, run.WasCleared) = (true, true);
        var (key, link, pid, session) = (run.Key, run.Link, run.ProxyPid, run.Session);
        var tree = run.Tree(ProxyStarter.Marker(key, _id));
        _tasks.Add(Task.Run(() =>
        {
            EndProxy(link, waitMs);
            _inbox.Add(new TreeEnded(key, tree.End(pid, session)));
        }));
    }

    private void OnTreeEnded(HostedRun run, bool isGone)
    {
        if (!isGone)
        {
            _options.Log($"run {run.Key}: some of its processes could not be ended; look at '{run.Envelope?.CgroupPath}'");
        }

        run.IsGone = true;
        _watcher.Remove(run.Key, run.Link);
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
            bodies.Add(new RunNote(-1, 0, $"everything it started was ended (KILL) by the worker, {(run.Envelope?.CgroupPath.Length > 0 ? "through its control group" : "found by session, ancestry and marker")}"));
        }

        if (run.RunningItem is { } item)
        {
            bodies.Add(run.Kill is { } kill
                ? new RunItemEnded(item.Item, item.Attempt, ItemEndCause.Stopped, 0, LibC.SIGKILL, kill.Reason, 0, 0)
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
        var (link, pid, session, files, isGone, envelope) = (run.Link, run.ProxyPid, run.Session, run.Files!, run.IsGone, run.Envelope);
        var tree = run.Tree(ProxyStarter.Marker(run.Key, _id));
        var key = run.Key;
        _tasks.Add(Task.Run(() =>
        {
            if (!isGone)
            {
                EndProxy(link, waitMs: 0);
                tree.End(pid, session);
                _watcher.Remove(key, link);
            }

            if (envelope is not null)
            {
                Leftovers.Remove(envelope.Account, envelope.TemporaryFolder, _options.Log);
            }

            files.Delete(_options.Log);
        }));
    }

    private static unsafe void EndProxy(ProxyLink? link, int waitMs)
    {
        if (link is null || link.Process < 0)
        {
            return;
        }

        var entry = new LibC.PollEntry { Descriptor = link.Process, Wanted = LibC.POLLIN };
        if (LibC.poll(&entry, 1, waitMs) == 0)
        {
            // Its children become init's or this worker's; the tree that follows finds them by group, session and marker.
            link.Kill();
            _ = LibC.poll(&entry, 1, EndMarginSeconds * 1000);
        }
    }
}
