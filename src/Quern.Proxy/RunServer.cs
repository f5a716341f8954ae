using Quern.Execution.Control;
using Quern.Execution.Runs;

namespace Quern.Proxy;

/// <summary>
/// The run's life once the proxy is the account, on one thread: it waits for the worker, for ends and for output, with the nearest deadline as its timeout.
/// <code>
///   idle --work--> running step by step --exit--> idle ... --finish, kill, time limit, worker lost--> ending --tree empty--> RunEnded
///                     \--kill, time limit--> stopping (TERM ... KILL) --tree empty--> idle or ending
/// </code>
/// When a command ends, its end and the start of the next item leave in one write.
/// </summary>
internal sealed partial class RunServer
{
    private const int ReadSize = 64 * 1024;
    private readonly Launch _launch;
    private readonly JournalSink _journal;
    private readonly IRunSystem _system;
    private readonly HeldItems _held = new();
    private readonly WorkerLine _line;
    private readonly byte[] _buffer = new byte[ReadSize];
    private readonly Deadline _runLimit = new();
    private readonly Deadline _itemLimit = new();
    private readonly Deadline _grace = new();
    private readonly Deadline _checkLimit = new();
    private Work? _work;
    private Running? _running;
    private RunEnded? _end;
    private bool _isFinishing;

    /// <summary>Variables that say what the run holds, once that is more than it began with.</summary>
    private IReadOnlyList<string> _granted = [];

    /// <summary>Since when all stands still, by the monotonic clock; 0 = it does not.</summary>
    private long _suspendedMs;
    private bool _isDone;

    /// <summary>The process that runs now, a step of some work.</summary>
    /// <param name="Program">Of a check.</param>
    private sealed record Running(Work Work, int Pid, bool IsCheck, bool IsBefore, string Program)
    {
        internal int Index => Work.Item?.Item ?? -1;
        internal int Attempt => Work.Item?.Attempt ?? 0;

        /// <summary>Set when the proxy itself ends it.</summary>
        internal ItemEndCause? Cause { get; set; }

        internal string Text { get; set; } = "";

        /// <summary>Its exit status, while others of its tree still have their grace.</summary>
        internal CommandExit? Exit { get; set; }
    }

    internal RunServer(LaunchEnvelope envelope, JournalSink journal, WorkerLine line, IRunSystem system)
    {
        _launch = envelope.Launch;
        (_journal, _line, _system) = (journal, line, system);
    }

    internal int Run()
    {
        _runLimit.Set(_launch.TimeLimitSeconds * 1000L);
        _isFinishing = !_launch.HasAgenda;
        LoadRules();
        if (_launch.HasAgenda)
        {
            _held.Add(_launch.Items);
        }

        StartNext();
        ObeyReceived();
        while (!_isDone)
        {
            if (!_journal.Flush())
            {
                return EndWithoutJournal();
            }

            Turn();
        }

        return _journal.Flush() ? 0 : 3;
    }

    private void Turn()
    {
        var events = _system.Wait(_suspendedMs == 0 ? Deadline.PollTimeout(_runLimit, _itemLimit, _checkLimit, _tell, _grace, _leaveLimit, _waitLimit, _line.Next) : Deadline.PollTimeout(_line.Next));
        if ((events & RunEvents.Ended) != 0)
        {
            Children();
        }

        if ((events & RunEvents.Told) != 0 && !_isDone)
        {
            EndRun(RunEndCause.WorkerStopped, $"the proxy was told to end ({_system.AskWord})", _launch.KillGraceSeconds);
        }

        // After the ends: an ended command's output is drained there, in full, before its end is recorded.
        if (!_isDone && (events & RunEvents.Output) != 0)
        {
            ReadOnce(isError: false);
        }

        if (!_isDone && (events & RunEvents.Error) != 0)
        {
            ReadOnce(isError: true);
        }

        if (!_isDone && (events & RunEvents.Message) != 0)
        {
            ReadMessages();
        }

        if (!_isDone && (events & RunEvents.Line) != 0)
        {
            ReadOrders();
        }

        if (!_isDone)
        {
            CheckDeadlines();
        }
    }

    private void Children()
    {
        // An ended application has said all that it will: its last report counts before its end does.
        HearOut();
        var exit = _system.Reap(_running?.Pid ?? 0, out var isEmpty);
        if (_system.ApplicationExit is { } gone && _application is { } application && _running?.Pid != application.Pid)
        {
            ApplicationGone(gone);
        }

        if (_running is null)
        {
            return;
        }

        _running.Exit ??= exit;
        if (_running.Exit is null || (_running.Cause is not null && !isEmpty))
        {
            return;
        }

        if (!isEmpty)
        {
            // The command is over; what it left in the background is not part of it and does not outlive it.
            _system.Kill(0, out var left);
            Note($"{Processes(left)} left behind by the command {(left == 1 ? "was" : "were")} ended (KILL)");
        }

        CommandEnded();
    }

    private void CheckDeadlines()
    {
        if (_suspendedMs > 0)
        {
            CheckLine();
            return;
        }

        if (_grace.IsDue)
        {
            _grace.Clear();
            KillRunning($"that outlived the grace of {_launch.KillGraceSeconds} s");
        }

        if (!_isDone && _itemLimit.IsDue)
        {
            _itemLimit.Clear();
            StopRunning(ItemEndCause.TimedOut, $"the item took longer than its limit of {_launch.ItemTimeLimitSeconds} s", _launch.KillGraceSeconds);
        }

        if (!_isDone && _tell.IsDue)
        {
            TellProgress();
        }

        if (!_isDone && _checkLimit.IsDue)
        {
            _checkLimit.Clear();
            StopRunning(ItemEndCause.TimedOut, $"took longer than its limit of {_launch.Checks.TimeLimitSeconds} s", _launch.KillGraceSeconds);
        }

        if (!_isDone && _leaveLimit.IsDue)
        {
            _leaveLimit.Clear();
            EndStaying();
        }

        if (!_isDone && _waitLimit.IsDue)
        {
            _waitLimit.Clear();
            AnswerWaiting();
        }

        if (!_isDone && _runLimit.IsDue)
        {
            _runLimit.Clear();
            EndRun(RunEndCause.TimedOut, $"the instance took longer than its limit of {_launch.TimeLimitSeconds} s", _launch.KillGraceSeconds);
        }

        if (!_isDone)
        {
            CheckLine();
        }
    }

    /// <summary>The disk took no more: nothing that runs now could be reported, so it ends. The worker records the loss.</summary>
    private int EndWithoutJournal()
    {
        _system.Kill(0, out _);
        _system.Leave();
        return 3;
    }
}
