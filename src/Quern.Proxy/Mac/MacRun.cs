using Quern.Execution.Control;
using Quern.Execution.Mac.Native;
using Quern.Execution.Native;
using Quern.Execution.Runs;
using Quern.Proxy.Unix;

namespace Quern.Proxy.Mac;

/// <summary>
/// A run on macOS: one event queue (kqueue(2)) for the worker's socket, the two pipes, the signals (a child ended, TERM; both are blocked and noted all the same) and
/// the end of processes that are no children any more. Written from documentation: docs/unproven.md.
/// </summary>
internal sealed unsafe class MacRun : IRunSystem
{
    private const int Room = 16;
    private readonly LaunchEnvelope _envelope;
    private readonly WorkerSocket _worker;
    private readonly MacSetup _setup;
    private readonly MacTree _tree;
    private readonly CommandStarter _starter;
    private readonly int _queue;

    internal MacRun(LaunchEnvelope envelope, WorkerSocket worker, MacSetup setup, MacTree tree)
    {
        (_envelope, _worker, _setup, _tree) = (envelope, worker, setup, tree);
        _starter = new CommandStarter(envelope, setup.Environment);
        _queue = LibSystem.kqueue();
        foreach (var watched in (ReadOnlySpan<LibSystem.Event>)
        [
            LibSystem.Event.Adding(LibSystem.SIGCHLD, LibSystem.EVFILT_SIGNAL), LibSystem.Event.Adding(LibC.SIGTERM, LibSystem.EVFILT_SIGNAL),
            LibSystem.Event.Adding((nuint)_starter.OutputEnd, LibSystem.EVFILT_READ), LibSystem.Event.Adding((nuint)_starter.ErrorEnd, LibSystem.EVFILT_READ),
        ])
        {
            var added = watched;
            if (LibSystem.kevent(_queue, &added, 1, null, 0, null) != 0)
            {
                throw new IOException($"watch a run's signals and pipes: {Errno.Text(Errno.Last)}");
            }
        }
    }

    public string AskWord => "TERM";

    public string? Problem => null;

    public RunEvents Wait(int timeoutMs)
    {
        // The socket's number may be another one than before; adding one that is there changes nothing.
        var line = LibSystem.Event.Adding((nuint)Math.Max(_worker.Descriptor, 0), LibSystem.EVFILT_READ);
        var found = stackalloc LibSystem.Event[Room];
        var limit = LibSystem.TimeSpec.OfMs(Math.Max(timeoutMs, 0));
        var count = LibSystem.kevent(_queue, &line, _worker.IsOpen ? 1 : 0, found, Room, timeoutMs < 0 ? null : &limit);
        var events = RunEvents.None;
        for (var at = 0; at < count; at++)
        {
            events |= EventOf(found[at], _starter.OutputEnd, _starter.ErrorEnd);
        }

        return events;
    }

    /// <summary>What an entry of the queue means.</summary>
    internal static RunEvents EventOf(in LibSystem.Event found, int output, int error) => found.Filter switch
    {
        LibSystem.EVFILT_SIGNAL => found.Subject == LibC.SIGTERM ? RunEvents.Told : RunEvents.Ended,
        LibSystem.EVFILT_PROC => RunEvents.Ended,
        LibSystem.EVFILT_READ when found.Subject == (nuint)output => RunEvents.Output,
        LibSystem.EVFILT_READ when found.Subject == (nuint)error => RunEvents.Error,
        _ => RunEvents.Line,
    };

    public string Start(ItemLease? item, out int pid, out string notice)
    {
        var problem = _starter.Start(item, out pid, out notice);
        if (problem.Length == 0)
        {
            _tree.Started(pid);
        }

        return problem;
    }

    public int ReadOutput(bool isError, Span<byte> into)
    {
        fixed (byte* start = into)
        {
            return (int)Math.Max(0, LibC.read(isError ? _starter.ErrorEnd : _starter.OutputEnd, start, (nuint)into.Length));
        }
    }

    /// <summary>Everything that is in the pipe now. Its end is never waited for: the proxy holds the writing end for the next command.</summary>
    public int DrainOutput(bool isError, Span<byte> into) => ReadOutput(isError, into);

    public CommandExit? Reap(int pid, out bool isEmpty)
    {
        var exit = CommandStatus.Of(_tree.Reap(pid));
        var living = _tree.Living();
        isEmpty = living.Count == 0;
        foreach (var process in living.Where(process => process.Parent != LibC.getpid()))
        {
            // No signal comes for the end of somebody else's child. One that has ended meanwhile counts as an end.
            var watched = LibSystem.Event.Adding((nuint)process.Pid, LibSystem.EVFILT_PROC, LibSystem.NOTE_EXIT);
            if (LibSystem.kevent(_queue, &watched, 1, null, 0, null) != 0)
            {
                _ = LibC.kill(LibC.getpid(), Posix.ChildSignal);
            }
        }

        return exit;
    }

    public int Terminate() => _tree.Terminate();

    public void Suspend() => _tree.Stop();

    public void Resume() => _tree.Continue();

    public CommandExit? Kill(int pid, out int count) => CommandStatus.Of(_tree.Kill(pid, out count));

    public Usage TakeUsage() => _tree.TakeUsage();

    public void Leave()
    {
        _setup.Clear();
        Home.Leave(_envelope);
        if (_envelope.Launch.IsSlotAccount)
        {
            SlotAccount.Sweep(_envelope.Account.Uid);
        }
    }

    public void Dispose()
    {
        _starter.Dispose();
        _ = LibC.close(_queue);
    }
}
