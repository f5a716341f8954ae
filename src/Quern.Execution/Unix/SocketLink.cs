using Quern.Execution.Control;
using Quern.Execution.Native;
using Quern.Execution.Runs;

namespace Quern.Execution.Unix;

/// <summary>
/// The worker's end of one proxy: its socket and a descriptor of its process. Sending is the loop's, reading and closing are the watcher's.
/// </summary>
/// <param name="wake">Makes the watcher look again at what waits to be sent.</param>
internal sealed unsafe class SocketLink(RunKey key, int socket, int pid, int process, Action wake) : ProxyLink(key, pid)
{
    private readonly Lock _gate = new();
    private readonly Queue<byte[]> _pending = new();
    private int _pendingBytes;
    private int _sent;

    internal override bool IsConnected => Socket >= 0;

    internal int Socket { get; private set; } = socket;

    /// <summary>Descriptor of the process; -1 once closed.</summary>
    internal int Process { get; private set; } = process;

    internal FrameInput Input { get; } = new(Frames.MaxToWorker);

    /// <summary>The watcher's own: it has told of the exit.</summary>
    internal bool IsExitSeen { get; set; }

    internal bool HasPending
    {
        get
        {
            lock (_gate)
            {
                return _pending.Count > 0;
            }
        }
    }

    internal override bool Send(ReadOnlySpan<byte> bytes)
    {
        bool isWaiting;
        lock (_gate)
        {
            if (_pendingBytes + bytes.Length > MaxPending)
            {
                return false;
            }

            _pending.Enqueue(bytes.ToArray());
            _pendingBytes += bytes.Length;
            Flush_NeedsLock();
            isWaiting = _pending.Count > 0;
        }

        if (isWaiting)
        {
            wake();
        }

        return true;
    }

    internal void Flush()
    {
        lock (_gate)
        {
            Flush_NeedsLock();
        }
    }

    /// <summary>Through the descriptor, so that a reused pid is never hit.</summary>
    internal override void Kill()
    {
        var process = Process;
        if (process >= 0)
        {
            Posix.Kill(process, Pid);
        }
    }

    internal override bool WaitForExit(int timeoutMs) => Process < 0 || Posix.HasEnded(Process, timeoutMs);

    internal void CloseSocket()
    {
        lock (_gate)
        {
            if (Socket >= 0)
            {
                _ = LibC.close(Socket);
            }

            Socket = -1;
            _pending.Clear();
            _pendingBytes = 0;
        }
    }

    /// <summary>Takes the exit status from the kernel when the proxy is this process's child, and closes the descriptor.</summary>
    internal override void CloseProcess()
    {
        if (Process < 0)
        {
            return;
        }

        Posix.Reap(Process, Pid, waits: false);
        _ = LibC.close(Process);
        Process = -1;
    }

    private void Flush_NeedsLock()
    {
        while (Socket >= 0 && _pending.TryPeek(out var next))
        {
            fixed (byte* start = next)
            {
                var count = Posix.Send(Socket, start + _sent, next.Length - _sent, waits: false);
                if (count < 0)
                {
                    // Full: the watcher tries again when there is room. Gone: the exit or the knock that follows decides.
                    return;
                }

                _sent += (int)count;
            }

            if (_sent == next.Length)
            {
                _pending.Dequeue();
                _pendingBytes -= next.Length;
                _sent = 0;
            }
        }
    }
}
