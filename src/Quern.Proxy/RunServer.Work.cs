using System.Text;
using Quern.Execution.Checks;
using Quern.Execution.Runs;

namespace Quern.Proxy;

/// <summary>Which step comes next, and what an end means for what was begun.</summary>
internal sealed partial class RunServer
{
    private bool _isOpened;
    private bool _isClosed;

    /// <summary>What keeps the run's items from being run: a check of the instance failed.</summary>
    private RunVerdict _refusal = RunVerdict.None;

    private void StartNext()
    {
        if (_running is null && _end is null && _system.Problem is { } problem && (_work is not null || _held.All.Count > 0))
        {
            EndRun(RunEndCause.Refused, problem, 0);
        }

        while (_running is null && _end is null && _suspendedMs == 0 && (_work ??= NextWork()) is { } work)
        {
            Step(work);
        }
    }

    /// <summary>Null when there is nothing to do, now or for good.</summary>
    private Work? NextWork()
    {
        var checks = _launch.Checks;
        if (!_isOpened)
        {
            _isOpened = true;
            return _launch.HasAgenda
                ? new Work(WorkKind.Opening, null, Checks("instance", "pre", checks.InstancePre), [])
                : new Work(WorkKind.Command, null, Checks("instance", "pre", checks.InstancePre), Checks("instance", "post", checks.InstancePost));
        }

        if (_launch.HasAgenda && _refusal.Kind == VerdictKind.None && TakeItem() is { } item)
        {
            return new Work(WorkKind.Item, item, Checks("agenda", "pre", checks.AgendaPre), Checks("agenda", "post", checks.AgendaPost));
        }

        if (_launch.HasAgenda && _isFinishing && !_isClosed)
        {
            if (_application is not null)
            {
                return Dismissal();
            }

            _isClosed = true;
            return new Work(WorkKind.Closing, null, [], Checks("instance", "post", checks.InstancePost)) { Verdict = _refusal };
        }

        return null;
    }

    private void Step(Work work)
    {
        if (work.Before.TryDequeue(out var before))
        {
            StartCheck(work, before, isBefore: true);
        }
        else if (work.HasCommand)
        {
            work.HasCommand = false;
            StartCommand(work);
        }
        else if (work.After.TryDequeue(out var after))
        {
            StartCheck(work, after, isBefore: false);
        }
        else
        {
            _work = null;
            Conclude(work);
        }
    }

    private void StartCommand(Work work)
    {
        _ = _system.TakeUsage();
        _scanned = work;
        if (IsServed)
        {
            StartServed(work);
            return;
        }

        var problem = _system.Start(RunCommand.Of(work.Item, _granted), out var pid, out var notice);
        Tell(notice);
        if (problem.Length > 0)
        {
            (work.Cause, work.Text) = (ItemEndCause.NotStarted, problem);
            return;
        }

        _running = new Running(work, pid, IsCheck: false, IsBefore: false, "");
        Started(work, pid);
        _itemLimit.Set(work.Item is null ? 0 : _launch.ItemTimeLimitSeconds * 1000L);
    }

    private void StartCheck(Work work, string path, bool isBefore)
    {
        _system.SparesApplication = _application is not null;
        var problem = _system.Start(new RunCommand(work.Item, path, isBefore ? _granted : [.. _granted, .. Outcome(work)]), out var pid, out var notice);
        Tell(notice);
        if (problem.Length > 0)
        {
            _system.SparesApplication = false;
            CheckFailed(work, isBefore, 0, $"the flight check '{path}' could not be run: {problem}");
            return;
        }

        _running = new Running(work, pid, IsCheck: true, isBefore, path);
        Started(work, pid);
        _checkLimit.Set(_launch.Checks.TimeLimitSeconds * 1000L);
    }

    private void Started(Work work, int pid)
    {
        if (work.Item is { } item && !work.IsStarted)
        {
            _journal.Append(new RunItemStarted(item.Item, item.Attempt, pid));
        }

        work.IsStarted = true;
    }

    /// <summary>What checks after are told of what was before them.</summary>
    private static List<string> Outcome(Work work)
    {
        var word = work.HasFailed ? "failed" : "complete";
        return [work.IsOfInstance ? $"QB_INSTANCE_STATUS={word}" : $"QB_FRAME_STATUS={word}", $"QB_SYSTEM_EXIT_CODE={(work.Exit.Signal > 0 ? 128 + work.Exit.Signal : work.Exit.Code)}"];
    }

    /// <summary>The first failure of an item or instance is its reason; a host that is to blame comes before all.</summary>
    private void CheckFailed(Work work, bool isBefore, int code, string text)
    {
        var checks = _launch.Checks;
        var isBlame = code != 0 && code == checks.BlameExitCode;
        if (isBlame || work.Verdict.Kind == VerdictKind.None)
        {
            work.Verdict = isBlame
                ? new RunVerdict(VerdictKind.HostBlamed, checks.BlameSeconds, $"{text}, which blames the host")
                : new RunVerdict(VerdictKind.Failed, 0, work.HasFailed && work.Text.Length > 0 ? work.Text : text);
        }

        Note(text, work);
        if (isBefore)
        {
            if (work.Cause == ItemEndCause.Exited && work.Exit == default)
            {
                (work.Cause, work.Text) = (ItemEndCause.NotStarted, text);
            }

            work.SkipBefore();
            TellRefused(work);
        }
        else
        {
            work.After.Clear();
        }
    }

    /// <summary>Everything of it is over.</summary>
    private void Conclude(Work work)
    {
        switch (work.Kind)
        {
            case WorkKind.Item:
                ConcludeItem(work);
                break;
            case WorkKind.Opening:
                if (work.Verdict.Kind != VerdictKind.None)
                {
                    _refusal = work.Verdict;
                    _isFinishing = true;
                }

                break;
            case WorkKind.Command:
                ConcludeCommand(work);
                break;
            case WorkKind.Farewell:
                break;
            case WorkKind.Closing:
                EndWith(work.Verdict, RunEndCause.Finished, work.Verdict.Text, default, "");
                break;
        }
    }

    private void ConcludeItem(Work work)
    {
        var item = work.Item!.Value;
        var (verdict, used) = (work.Verdict, work.Usage);
        _journal.Append(new RunItemEnded(
            item.Item, item.Attempt, verdict.GivesBack ? ItemEndCause.Stopped : work.Cause, work.Exit.Code, work.Exit.Signal, verdict.Kind == VerdictKind.None ? work.Text : verdict.Text,
            used.CpuMicroseconds / 1000, used.PeakMemoryBytes, used.ReadBytes, used.WrittenBytes) { Verdict = verdict, Result = Result(work.Findings) });
        if (verdict.GivesBack && _end is null)
        {
            // What fails here for the host's or the licence's sake would fail for every other item that is here.
            EndWith(verdict, RunEndCause.Refused, verdict.Text, default, "");
        }
    }

    private void ConcludeCommand(Work work)
    {
        if (_gaveBack.Length > 0)
        {
            EndWith(RunVerdict.None, RunEndCause.Refused, _gaveBack, default, Result(work.Findings));
            return;
        }

        if (work.Cause == ItemEndCause.NotStarted && work.Verdict.Kind == VerdictKind.None)
        {
            // 127 is what a shell says of a command that it cannot find.
            Tell("quern: " + work.Text + "\n");
            EndWith(RunVerdict.None, RunEndCause.Finished, work.Text, new CommandExit(127, 0), "");
            return;
        }

        EndWith(work.Verdict, RunEndCause.Finished, work.Verdict.Kind != VerdictKind.None ? work.Verdict.Text : work.Exit.Signal == 0 ? "" : $"the command was ended by signal {work.Exit.Signal}", work.Exit, Result(work.Findings));
    }

    /// <summary>The run is over by itself.</summary>
    private void EndWith(in RunVerdict verdict, RunEndCause cause, string text, CommandExit exit, string result)
    {
        _end ??= new RunEnded(verdict.GivesBack ? RunEndCause.Refused : cause, 0, 0, text) { Verdict = verdict };
        _end = _end with { ExitCode = exit.Code, Signal = exit.Signal, Result = result };
        ReleaseHeld();
        Finish();
    }

    private IEnumerable<string> Checks(string level, string side, IReadOnlyList<string> own)
    {
        var system = CheckFolder.List(_launch.Checks.Folder, level, side, out var problem);
        if (problem is not null)
        {
            Tell("quern: " + problem + "\n");
        }

        return own.Concat(system);
    }

    /// <summary>A line for the job's log.</summary>
    private void Tell(string line)
    {
        if (line.Length > 0)
        {
            _journal.AppendOutput(-1, 0, true, Encoding.UTF8.GetBytes(line));
        }
    }
}
