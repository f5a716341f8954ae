using Quern.Execution.Control;
using Quern.Execution.Native;
using Quern.Execution.Runs;

namespace Quern.Proxy;

/// <summary>
/// The connection to the worker. When it is lost, the proxy knocks at the worker's socket with growing pauses until it is let in or time is up. It shows
/// its secret only to a socket that the kernel says is root's, since anybody may sit at a name.
/// </summary>
internal sealed unsafe class WorkerLine(LaunchEnvelope envelope, int control, FrameInput input)
{
    private const long FirstPauseMs = 50;
    private const long LongestPauseMs = 2000;
    private const long WelcomeMs = 10_000;
    private readonly Deadline _giveUp = new();
    private readonly WireWriter _hello = new();
    private FrameInput _input = input;
    private long _pauseMs;
    private bool _isKnocking;

    /// <summary>-1 without one.</summary>
    internal int Descriptor { get; private set; } = control;

    internal Deadline Next { get; } = new();

    internal bool IsGivenUp => _giveUp.IsDue;

    internal bool IsKnockDue => Next.IsDue;

    /// <summary>Reads what is there. False when the other side is gone or talks nonsense.</summary>
    internal bool Read()
    {
        while (Descriptor >= 0)
        {
            var room = _input.Room();
            fixed (byte* start = room)
            {
                var count = LibC.recv(Descriptor, start, (nuint)room.Length, LibC.MSG_DONTWAIT);
                if (count <= 0)
                {
                    return count < 0 && Errno.Last is Errno.EAGAIN or Errno.EINTR;
                }

                _input.Added((int)count);
                if (count < room.Length)
                {
                    return true;
                }
            }
        }

        return false;
    }

    internal bool TryTake(out FrameKind kind, out RunOrder? order)
    {
        order = null;
        if (!_input.Next(out kind, out var content))
        {
            return false;
        }

        order = Frames.ReadOrder(kind, content);
        return true;
    }

    internal void Close()
    {
        if (Descriptor >= 0)
        {
            _ = LibC.close(Descriptor);
        }

        Descriptor = -1;
        _input = new FrameInput(Frames.MaxToProxy);
    }

    /// <summary>Called each time the line is lost; only the first of them sets when to give up.</summary>
    internal void BeginKnocking()
    {
        if (!_isKnocking)
        {
            _isKnocking = true;
            _pauseMs = FirstPauseMs;
            _giveUp.Set(Math.Max(1, envelope.Launch.ReadoptSeconds) * 1000L);
        }

        Pause();
    }

    internal void StopKnocking()
    {
        Close();
        Next.Clear();
        _giveUp.Clear();
    }

    internal void Welcomed()
    {
        _isKnocking = false;
        Next.Clear();
        _giveUp.Clear();
    }

    internal void Knock(IReadOnlyList<ItemLease> held)
    {
        Close();
        Pause();
        var address = stackalloc byte[128];
        var length = LibC.UnixAddress(envelope.KnockPath, new Span<byte>(address, 128));
        var socket = LibC.socket(LibC.AF_UNIX, LibC.SOCK_STREAM | LibC.SOCK_CLOEXEC, 0);
        if (socket < 0)
        {
            return;
        }

        if (length == 0 || LibC.connect(socket, address, length) != 0 || LibC.Peer(socket) is not { Uid: 0 } || !SayHello(socket, held))
        {
            _ = LibC.close(socket);
            return;
        }

        Descriptor = socket;
        Next.Set(WelcomeMs);
    }

    private bool SayHello(int socket, IReadOnlyList<ItemLease> held)
    {
        _hello.Clear();
        Frames.WriteHello(_hello, new Hello(envelope.Launch.Key, envelope.Secret, held));
        fixed (byte* start = _hello.Written)
        {
            // One send: what a worker takes at most fits a socket's buffer or the knock is tried again.
            return LibC.send(socket, start, (nuint)_hello.Length, LibC.MSG_NOSIGNAL) == _hello.Length;
        }
    }

    private void Pause()
    {
        // Spread by pid: after a restart all proxies of a machine knock.
        Next.Set(_pauseMs + (LibC.getpid() % 50));
        _pauseMs = Math.Min(_pauseMs * 2, LongestPauseMs);
    }
}
