using Quern.Execution.Control;
using Quern.Execution.Native;
using Quern.Execution.Runs;

namespace Quern.Proxy;

/// <summary>
/// The run's life after the drop, on one thread: one poll over the worker's socket, the signals (a child ended, TERM) and the two pipes, with the
/// nearest deadline as its timeout.
/// <code>
///   idle --item--> running --exit--> idle ... --finish, kill, time limit, worker lost--> ending --tree empty--> RunEnded
///                     \--kill, time limit--> stopping (TERM ... KILL) --tree empty--> idle or ending
/// </code>
/// When a command ends, its end and the start of the next item leave in one write.
/// </summary>
internal sealed unsafe partial class RunServer : IDisposable
{
    private const int ReadSize = 64 * 1024;
    private const ulong WatchedSignals = (1UL << (LibC.SIGCHLD - 1)) | (1UL << (LibC.SIGTERM - 1));
    private readonly LaunchEnvelope _envelope;
    private readonly Launch _launch;
    private readonly JournalSink _journal;
    private readonly CommandStarter _starter;
    private readonly RunSetup _setup;
    private readonly HeldItems _held = new();
    private readonly WorkerLine _line;
    private readonly byte[] _buffer = new byte[ReadSize];
    private readonly int _signals;
    private readonly Deadline _runLimit = new();
    private readonly Deadline _itemLimit = new();
    private readonly Deadline _grace = new();
    private Running? _running;
    private RunEnded? _end;
    private bool _isFinishing;
    private bool _isDone;

    /// <param name="Item">Null for the command of a run without agenda.</param>
    private sealed record Running(ItemLease? Item, int Pid)
    {
        internal int Index => Item?.Item ?? -1;
        internal int Attempt => Item?.Attempt ?? 0;

        /// <summary>Set when the proxy itself ends it.</summary>
        internal ItemEndCause? Cause { get; set; }

        internal string Text { get; set; } = "";

        /// <summary>Its exit status, while others of its tree still have their grace.</summary>
        internal int? Exit { get; set; }
    }

    internal RunServer(LaunchEnvelope envelope, JournalSink journal, WorkerLine line, RunSetup setup)
    {
        _envelope = envelope;
        _launch = envelope.Launch;
        _journal = journal;
        _setup = setup;
        _starter = new CommandStarter(envelope, setup.Environment);
        _line = line;
        var mask = WatchedSignals;
        _signals = LibC.signalfd(-1, &mask, LibC.SFD_CLOEXEC | LibC.SFD_NONBLOCK);
    }

    internal int Run()
    {
        _runLimit.Set(_launch.TimeLimitSeconds * 1000L);
        _isFinishing = !_launch.HasAgenda;
        if (_launch.HasAgenda)
        {
            _held.Add(_launch.Items);
            StartNext();
        }
        else
        {
            Start(null);
        }

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

    public void Dispose() => _starter.Dispose();

    private void Turn()
    {
        var entries = stackalloc LibC.PollEntry[4];
        entries[0] = new LibC.PollEntry { Descriptor = _signals, Wanted = LibC.POLLIN };
        entries[1] = new LibC.PollEntry { Descriptor = _starter.OutputEnd, Wanted = LibC.POLLIN };
        entries[2] = new LibC.PollEntry { Descriptor = _starter.ErrorEnd, Wanted = LibC.POLLIN };
        entries[3] = new LibC.PollEntry { Descriptor = _line.Descriptor, Wanted = LibC.POLLIN };
        _ = LibC.poll(entries, 4, Deadline.PollTimeout(_runLimit, _itemLimit, _grace, _line.Next));
        if (entries[0].Ready != 0)
        {
            ReadSignals();
        }

        // After the signals: an ended command's output is drained there, in full, before its end is recorded.
        if (!_isDone && entries[1].Ready != 0)
        {
            ReadOnce(_starter.OutputEnd, isError: false);
        }

        if (!_isDone && entries[2].Ready != 0)
        {
            ReadOnce(_starter.ErrorEnd, isError: true);
        }

        if (!_isDone && entries[3].Ready != 0)
        {
            ReadOrders();
        }

        if (!_isDone)
        {
            CheckDeadlines();
        }
    }

    private void ReadSignals()
    {
        // Two signals are watched and neither queues twice, so one read takes all there can be.
        const int recordLength = 128;
        var records = stackalloc byte[recordLength * 2];
        var isTerminated = false;
        var count = LibC.read(_signals, records, recordLength * 2);
        for (var at = 0; at + recordLength <= count; at += recordLength)
        {
            isTerminated |= *(int*)(records + at) == LibC.SIGTERM;
        }

        Children();
        if (isTerminated && !_isDone)
        {
            EndRun(RunEndCause.WorkerStopped, "the proxy was told to end (SIGTERM)", _launch.KillGraceSeconds);
        }
    }

    private void Children()
    {
        var exit = ProcessTree.Reap(_running?.Pid ?? 0, out var isEmpty);
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
            ProcessTree.Kill(0, out _, out var left);
            Note($"{Processes(left)} left behind by the command {(left == 1 ? "was" : "were")} ended (KILL)");
        }

        CommandEnded();
    }

    private void CheckDeadlines()
    {
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
        ProcessTree.Kill(0, out _, out _);
        _setup.Clear();
        return 3;
    }
}
