using Quern.Execution.Native;

namespace Quern.Proxy.Unix;

/// <summary>The socket to the worker and the journal's descriptor. The run's secret is shown only to a socket that the kernel says is root's, since anybody may sit at a name.</summary>
internal sealed unsafe class WorkerSocket(int control, int journal) : IWorkerEnd
{
    /// <summary>-1 while there is none.</summary>
    internal int Descriptor { get; private set; } = control;

    public bool IsOpen => Descriptor >= 0;

    public int Receive(Span<byte> room)
    {
        fixed (byte* start = room)
        {
            var count = (int)Posix.Receive(Descriptor, start, room.Length);
            var error = Errno.Last;
            return count > 0 ? count : count < 0 && (Posix.IsAgain(error) || error == Errno.EINTR) ? 0 : -1;
        }
    }

    public void Notify(ReadOnlySpan<byte> message)
    {
        fixed (byte* start = message)
        {
            _ = Posix.Send(Descriptor, start, message.Length, waits: false);
        }
    }

    public bool Append(ReadOnlySpan<byte> records)
    {
        fixed (byte* start = records)
        {
            nint done = 0;
            while (done < records.Length)
            {
                var count = LibC.write(journal, start + done, (nuint)(records.Length - done));
                if (count <= 0 && Errno.Last != Errno.EINTR)
                {
                    return false;
                }

                done += Math.Max(count, 0);
            }
        }

        return true;
    }

    public bool Knock(string path, ReadOnlySpan<byte> hello)
    {
        var address = stackalloc byte[128];
        var length = Posix.Address(path, new Span<byte>(address, 128));
        var socket = Posix.Socket();
        if (socket < 0)
        {
            return false;
        }

        if (length == 0 || LibC.connect(socket, address, length) != 0 || Posix.Peer(socket) is not { Uid: 0 } || !Say(socket, hello))
        {
            _ = LibC.close(socket);
            return false;
        }

        Descriptor = socket;
        return true;
    }

    public void Close()
    {
        if (Descriptor >= 0)
        {
            _ = LibC.close(Descriptor);
        }

        Descriptor = -1;
    }

    /// <summary>One send: what a worker takes at most fits a socket's buffer or the knock is tried again.</summary>
    private static bool Say(int socket, ReadOnlySpan<byte> hello)
    {
        fixed (byte* start = hello)
        {
            return Posix.Send(socket, start, hello.Length, waits: true) == hello.Length;
        }
    }
}
