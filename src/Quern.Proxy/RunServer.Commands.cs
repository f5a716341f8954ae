using Quern.Execution.Runs;

namespace Quern.Proxy;

/// <summary>Starting, ending and reading commands.</summary>
internal sealed partial class RunServer
{
    private const int KillSignal = 9;

    private void StartNext()
    {
        if (_running is null && _end is null && _system.Problem is { } problem && _held.All.Count > 0)
        {
            EndRun(RunEndCause.Refused, problem, 0);
        }

        while (_running is null && _end is null && _suspendedMs == 0 && _held.Take() is { } item)
        {
            Start(item);
        }

        if (_running is null && _end is null && _suspendedMs == 0 && _isFinishing)
        {
            EndRun(RunEndCause.Finished, "", 0);
        }
    }

    private void Start(ItemLease? item)
    {
        var problem = _system.Start(item, out var pid, out var notice);
        if (problem.Length == 0)
        {
            _ = _system.TakeUsage();
            _running = new Running(item, pid);
            _itemLimit.Set(item is null ? 0 : _launch.ItemTimeLimitSeconds * 1000L);
        }

        if (item is { } lease)
        {
            _journal.Append(problem.Length == 0
                ? new RunItemStarted(lease.Item, lease.Attempt, pid)
                : new RunItemEnded(lease.Item, lease.Attempt, ItemEndCause.NotStarted, 0, 0, problem, 0, 0));
        }
        else if (problem.Length > 0)
        {
            // 127 is what a shell says of a command that it cannot find.
            _journal.AppendOutput(-1, 0, true, System.Text.Encoding.UTF8.GetBytes("quern: " + problem + "\n"));
            _end = new RunEnded(RunEndCause.Finished, 127, 0, problem);
            Finish();
        }

        if (notice.Length > 0)
        {
            _journal.AppendOutput(-1, 0, true, System.Text.Encoding.UTF8.GetBytes(notice));
        }
    }

    /// <summary>The running command and all it started are gone: drain, record, go on.</summary>
    private void CommandEnded()
    {
        var ended = _running!;
        Drain(isError: false);
        Drain(isError: true);
        _running = null;
        _itemLimit.Clear();
        _grace.Clear();
        var (code, signal) = ended.Exit ?? default;
        if (ended.Cause is not null)
        {
            Note("ended: no process of it is left", ended);
        }

        if (ended.Item is { } item)
        {
            var cause = ended.Cause ?? (signal == 0 ? ItemEndCause.Exited : ItemEndCause.Signaled);
            var text = cause == ItemEndCause.Signaled ? $"the command was ended by signal {signal}" : ended.Text;
            var used = _system.TakeUsage();
            _journal.Append(new RunItemEnded(item.Item, item.Attempt, cause, code, signal, text, used.CpuMicroseconds / 1000, used.PeakMemoryBytes, used.ReadBytes, used.WrittenBytes));
        }
        else
        {
            _end = (_end ?? new RunEnded(RunEndCause.Finished, 0, 0, signal == 0 ? "" : $"the command was ended by signal {signal}")) with { ExitCode = code, Signal = signal };
        }

        if (_end is not null)
        {
            Finish();
            return;
        }

        StartNext();
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
        while (_held.Take() is { } item)
        {
            _journal.Append(new RunItemReleased(item.Item, item.Attempt));
        }

        if (_running is null)
        {
            Finish();
            return;
        }

        StopRunning(ItemEndCause.Stopped, text, graceSeconds);
    }

    /// <summary>Nothing of the run is left when its last record is written.</summary>
    private void Finish()
    {
        _system.Kill(0, out _);
        _system.Leave();
        _journal.Append(_end!);
        _isDone = true;
    }

    /// <summary>A line for the history of the instance.</summary>
    private void Note(string text, Running? about = null)
    {
        var running = about ?? _running;
        _journal.Append(new RunNote(running?.Index ?? -1, running?.Attempt ?? 0, text));
    }

    private static string Processes(int count) => count == 1 ? "1 process" : $"{count} processes";

    private void ReadOnce(bool isError)
    {
        var count = _system.ReadOutput(isError, _buffer);
        if (count > 0)
        {
            _journal.AppendOutput(_running?.Index ?? -1, _running?.Attempt ?? 0, isError, _buffer.AsSpan(0, count));
        }
    }

    private void Drain(bool isError)
    {
        while (!_journal.IsBroken && _system.DrainOutput(isError, _buffer) is > 0 and var count)
        {
            _journal.AppendOutput(_running!.Index, _running.Attempt, isError, _buffer.AsSpan(0, count));
        }
    }
}
