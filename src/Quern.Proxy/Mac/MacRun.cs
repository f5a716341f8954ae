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
internal sealed unsafe class MacRun : UnixRun
{
    private const int Room = 16;
    private readonly WorkerSocket _worker;
    private readonly MacTree _tree;
    private readonly int _queue;

    internal MacRun(LaunchEnvelope envelope, WorkerSocket worker, MacSetup setup, MacTree tree) : base(envelope, setup)
    {
        (_worker, _tree) = (worker, tree);
        _queue = LibSystem.kqueue();
        foreach (var watched in (ReadOnlySpan<LibSystem.Event>)
        [
            LibSystem.Event.Adding(LibSystem.SIGCHLD, LibSystem.EVFILT_SIGNAL), LibSystem.Event.Adding(LibC.SIGTERM, LibSystem.EVFILT_SIGNAL),
            LibSystem.Event.Adding((nuint)Starter.OutputEnd, LibSystem.EVFILT_READ), LibSystem.Event.Adding((nuint)Starter.ErrorEnd, LibSystem.EVFILT_READ),
        ])
        {
            var added = watched;
            if (LibSystem.kevent(_queue, &added, 1, null, 0, null) != 0)
            {
                throw new IOException($"watch a run's signals and pipes: {Errno.Text(Errno.Last)}");
            }
        }
    }

    public override string? Problem => null;

    public override RunEvents Wait(int timeoutMs)
    {
        // The socket's number may be another one than before; adding one that is there changes nothing.
        var changes = stackalloc LibSystem.Event[3];
        var adding = 0;
        if (_worker.IsOpen)
        {
            changes[adding++] = LibSystem.Event.Adding((nuint)_worker.Descriptor, LibSystem.EVFILT_READ);
        }

        if (Line is { Descriptor: >= 0 } application)
        {
            changes[adding++] = LibSystem.Event.Adding((nuint)application.Descriptor, LibSystem.EVFILT_READ);
        }

        if (Line is { HasPending: true } waiting)
        {
            changes[adding++] = LibSystem.Event.Adding((nuint)waiting.Descriptor, LibSystem.EVFILT_WRITE) with { Flags = LibSystem.EV_ADD | LibSystem.EV_ONESHOT };
        }

        var found = stackalloc LibSystem.Event[Room];
        var limit = LibSystem.TimeSpec.OfMs(Math.Max(timeoutMs, 0));
        var count = LibSystem.kevent(_queue, changes, adding, found, Room, timeoutMs < 0 ? null : &limit);
        Line?.Flush();
        var events = RunEvents.None;
        for (var at = 0; at < count; at++)
        {
            events |= EventOf(found[at], Starter.OutputEnd, Starter.ErrorEnd, Line?.Descriptor ?? -1);
        }

        return events;
    }

    /// <summary>What an entry of the queue means.</summary>
    internal static RunEvents EventOf(in LibSystem.Event found, int output, int error, int application = -1) => found.Filter switch
    {
        LibSystem.EVFILT_SIGNAL => found.Subject == LibC.SIGTERM ? RunEvents.Told : RunEvents.Ended,
        LibSystem.EVFILT_PROC => RunEvents.Ended,
        LibSystem.EVFILT_READ when found.Subject == (nuint)output => RunEvents.Output,
        LibSystem.EVFILT_READ when found.Subject == (nuint)error => RunEvents.Error,
        LibSystem.EVFILT_WRITE => RunEvents.None,
        LibSystem.EVFILT_READ when application >= 0 && found.Subject == (nuint)application => RunEvents.Message,
        _ => RunEvents.Line,
    };

    public override CommandExit? ApplicationExit => CommandStatus.Of(_tree.ApplicationStatus);

    public override bool SparesApplication
    {
        get;
        set
        {
            field = value;
            _tree.Spare(value);
        }
    }

    protected override void ApplicationStarted(int pid)
    {
        _tree.Watch(pid);
        _tree.Started(pid);
    }

    public override string Start(RunCommand command, out int pid, out string notice)
    {
        var problem = base.Start(command, out pid, out notice);
        if (problem.Length == 0)
        {
            _tree.Started(pid);
        }

        return problem;
    }

    public override CommandExit? Reap(int pid, out bool isEmpty)
    {
        var exit = CommandStatus.Of(_tree.Reap(pid));
        var living = _tree.Commands();
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

    public override int Terminate() => _tree.Terminate();

    public override void Suspend() => _tree.Stop();

    public override void Resume() => _tree.Continue();

    public override CommandExit? Kill(int pid, out int count) => CommandStatus.Of(_tree.Kill(pid, out count));

    public override Usage TakeUsage() => _tree.TakeUsage();

    public override void Dispose()
    {
        base.Dispose();
        _ = LibC.close(_queue);
    }
}
