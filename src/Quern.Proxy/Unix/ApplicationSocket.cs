using Quern.Execution.Native;

namespace Quern.Proxy.Unix;

/// <summary>The proxy's end of the line to an application. What it does not read yet waits here, so that nobody waits for it.</summary>
internal sealed unsafe class ApplicationSocket
{
    private readonly Queue<byte[]> _pending = new();
    private int _sent;

    private ApplicationSocket(int own, int other) => (Descriptor, Other) = (own, other);

    /// <summary>-1 once closed.</summary>
    internal int Descriptor { get; private set; }

    /// <summary>The application's end, until it has been started.</summary>
    internal int Other { get; private set; }

    internal bool HasPending => _pending.Count > 0 && Descriptor >= 0;

    /// <summary>Null with errno when the system has none.</summary>
    internal static ApplicationSocket? Open()
    {
        var pair = stackalloc int[2];
        return Posix.SocketPair(pair) ? new ApplicationSocket(pair[0], pair[1]) : null;
    }

    internal void Say(ReadOnlySpan<byte> line)
    {
        _pending.Enqueue(line.ToArray());
        Flush();
    }

    /// <summary>Sends what is taken now. An application that does not listen any more is told nothing.</summary>
    internal void Flush()
    {
        while (HasPending)
        {
            var next = _pending.Peek();
            nint count;
            fixed (byte* start = next)
            {
                count = Posix.Send(Descriptor, start + _sent, next.Length - _sent, waits: false);
            }

            if (count < 0)
            {
                if (!Posix.IsAgain(Errno.Last))
                {
                    _pending.Clear();
                }

                return;
            }

            _sent += (int)count;
            if (_sent == next.Length)
            {
                _pending.Dequeue();
                _sent = 0;
            }
        }
    }

    /// <summary>What it has said; 0 = nothing now, -1 = it will say no more.</summary>
    internal int Read(Span<byte> into)
    {
        if (Descriptor < 0)
        {
            return -1;
        }

        fixed (byte* start = into)
        {
            var count = (int)Posix.Receive(Descriptor, start, into.Length);
            var error = Errno.Last;
            return count > 0 ? count : count < 0 && (Posix.IsAgain(error) || error == Errno.EINTR) ? 0 : -1;
        }
    }

    internal void CloseOther()
    {
        if (Other >= 0)
        {
            _ = LibC.close(Other);
        }

        Other = -1;
    }

    internal void Close()
    {
        CloseOther();
        if (Descriptor >= 0)
        {
            _ = LibC.close(Descriptor);
        }

        Descriptor = -1;
        _pending.Clear();
    }
}
