using Quern.Execution.Runs;

namespace Quern.Proxy;

/// <summary>Starting, ending and reading commands.</summary>
internal sealed partial class RunServer
{
    private const int KillSignal = 9;

    /// <summary>The running command and all it started are gone: drain, record, go on.</summary>
    private void CommandEnded()
    {
        var ended = _running!;
        Drain(isError: false);
        Drain(isError: true);
        _running = null;
        _itemLimit.Clear();
        _checkLimit.Clear();
        _grace.Clear();
        _system.SparesApplication = false;
        if (ended.Cause is not null)
        {
            Note("ended: no process of it is left", ended.Work);
        }

        Account(ended);
        if (_end is not null)
        {
            EndedWithRun(ended);
            return;
        }

        StartNext();
    }

    /// <summary>What the end of a step means for the item or instance that it is part of.</summary>
    private void Account(Running ended)
    {
        var work = ended.Work;
        var exit = ended.Exit ?? default;
        if (ended.IsCheck)
        {
            if (ended.Cause is ItemEndCause.Stopped)
            {
                (work.Cause, work.Text) = (ItemEndCause.Stopped, ended.Text);
                work.Abandon();
            }
            else if (ended.Cause is not null || exit.Code != 0 || exit.Signal != 0)
            {
                var how = ended.Cause is not null ? ended.Text : exit.Signal != 0 ? $"was ended by signal {exit.Signal}" : $"refused with exit code {exit.Code}";
                CheckFailed(work, ended.IsBefore, ended.Cause is null ? exit.Code : 0, $"the flight check '{ended.Program}' {how}");
            }

            return;
        }

        var application = _application is { } living && living.Pid == ended.Pid ? EndApplication() : null;
        work.Exit = exit;
        work.Cause = ended.Cause ?? (exit.Signal == 0 ? ItemEndCause.Exited : ItemEndCause.Signaled);
        work.Text = work.Cause == ItemEndCause.Signaled ? $"the command was ended by signal {exit.Signal}" : ended.Text;
        work.Usage = _system.TakeUsage();
        Judge(work);
        if (application is not null)
        {
            AccountApplication(work, application, ended.Cause is not null);
        }

        if (work.Cause == ItemEndCause.Stopped)
        {
            work.Abandon();
        }
    }

    /// <summary>The run is ending: nothing more of this work is done.</summary>
    private void EndedWithRun(Running ended)
    {
        _work = null;
        if (ended.Work.Kind == WorkKind.Item)
        {
            ConcludeItem(ended.Work);
        }
        else if (!ended.IsCheck && ended.Work.Kind == WorkKind.Command)
        {
            _end = _end! with { ExitCode = ended.Work.Exit.Code, Signal = ended.Work.Exit.Signal };
        }

        Finish();
    }

    /// <summary>TERM to all the command started, and KILL after the grace. A second cause does not replace the first, but may shorten the grace.</summary>
    private void StopRunning(ItemEndCause cause, string text, int graceSeconds)
    {
        if (_running is null)
        {
            return;
        }

        Resume();
        if (_running.Cause is null)
        {
            _running.Cause = cause;
            _running.Text = text;
        }

        _itemLimit.Clear();
        _checkLimit.Clear();
        _leaveLimit.Clear();
        if (graceSeconds <= 0)
        {
            KillRunning($"at once: {text}");
            return;
        }

        Note($"{_system.AskWord} to {Processes(_system.Terminate())}, KILL follows in {graceSeconds} s: {text}");
        _grace.SetSooner(graceSeconds * 1000L);
    }

    private void KillRunning(string why)
    {
        if (_running is null)
        {
            return;
        }

        var exit = _system.Kill(_running.Pid, out var count);
        Note($"KILL to {Processes(count)} {why}");
        _running.Exit ??= exit ?? new CommandExit(0, KillSignal);
        CommandEnded();
    }

    /// <summary>Begins the end of the run: nothing more starts, what was not started is given back, what runs is stopped.</summary>
    private void EndRun(RunEndCause cause, string text, int graceSeconds)
    {
        if (_end is not null && _running is null)
        {
            return;
        }

        _end ??= new RunEnded(cause, 0, 0, text);
        Resume();
        _runLimit.Clear();
        ReleaseHeld();
        if (_running is null)
        {
            GiveBackWork();
            if (_application is not { } application)
            {
                Finish();
                return;
            }

            // It has its grace like any command.
            _running = Leaving(application);
        }

        StopRunning(ItemEndCause.Stopped, text, graceSeconds);
    }

    private void ReleaseHeld()
    {
        while (_held.Take() is { } item)
        {
            _journal.Append(new RunItemReleased(item.Item, item.Attempt));
        }
    }

    /// <summary>An item between two of its steps has no process that could end.</summary>
    private void GiveBackWork()
    {
        if (_work is { Kind: WorkKind.Item } work)
        {
            (work.Cause, work.Text) = (ItemEndCause.Stopped, _end!.Text);
            ConcludeItem(work);
        }

        _work = null;
    }

    /// <summary>Nothing of the run is left when its last record is written.</summary>
    private void Finish()
    {
        _system.SparesApplication = false;
        _system.Kill(0, out _);
        _system.Leave();
        _journal.Append(_end!);
        _isDone = true;
    }

    /// <summary>A line for the history of the instance.</summary>
    private void Note(string text, Work? about = null)
    {
        var item = (about ?? _running?.Work)?.Item;
        _journal.Append(new RunNote(item?.Item ?? -1, item?.Attempt ?? 0, text));
    }

    private static string Processes(int count) => count == 1 ? "1 process" : $"{count} processes";

    private void ReadOnce(bool isError)
    {
        var count = _system.ReadOutput(isError, _buffer);
        if (count > 0)
        {
            TakeOutput(isError, _buffer.AsSpan(0, count));
        }
    }

    private void Drain(bool isError)
    {
        while (!_journal.IsBroken && _system.DrainOutput(isError, _buffer) is > 0 and var count)
        {
            TakeOutput(isError, _buffer.AsSpan(0, count));
        }
    }
}
