using System.Collections.Concurrent;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Quern.Execution.Runs;
using Quern.Execution.Windows.Native;

namespace Quern.Execution.Windows;

/// <summary>
/// The worker's end of one proxy on Windows: the writing end of its orders, the event by which it says that the journal grew, its process and the job
/// object that holds it and all it starts. A pipe has no reading without waiting, so a thread writes.
/// </summary>
[SupportedOSPlatform("windows")]
internal sealed unsafe class PipeLink : ProxyLink, IDisposable
{
    private const int WriterStackBytes = 128 * 1024;
    private const int EndTimeoutMs = 10_000;
    private readonly BlockingCollection<byte[]> _pending = new();
    private readonly SafeFileHandle _orders;
    private readonly SafeProcessHandle _process;
    private readonly JobObject _job;
    private readonly List<RegisteredWaitHandle> _waits = [];
    private readonly Lock _gate = new();
    private int _pendingBytes;
    private bool _isClosed;

    internal PipeLink(RunKey key, SafeFileHandle orders, AutoResetEvent grew, SafeProcessHandle process, int pid, JobObject job) : base(key, pid)
    {
        (_orders, Grew, _process, _job) = (orders, grew, process, job);
        new Thread(Write, WriterStackBytes) { IsBackground = true, Name = "orders" }.Start();
    }

    internal AutoResetEvent Grew { get; }

    internal override bool IsConnected => !_pending.IsAddingCompleted;

    internal override bool Send(ReadOnlySpan<byte> bytes)
    {
        if (Interlocked.Add(ref _pendingBytes, bytes.Length) > MaxPending)
        {
            return false;
        }

        lock (_gate)
        {
            if (!_pending.IsAddingCompleted)
            {
                _pending.Add(bytes.ToArray());
            }
        }

        return true;
    }

    /// <summary>Tells of the journal and of the end, from threads of the pool.</summary>
    internal void Watch(HostInbox inbox)
    {
        var key = Key;
        var end = new ProcessWait(Pid);
        lock (_gate)
        {
            _waits.Add(ThreadPool.RegisterWaitForSingleObject(Grew, (_, _) => inbox.Add(new JournalGrew(key)), null, Timeout.Infinite, executeOnlyOnce: false));
            if (end.SafeWaitHandle.IsInvalid || WaitForExit(0))
            {
                end.Dispose();
                inbox.Add(new ProxyExited(key));
                return;
            }

            _waits.Add(ThreadPool.RegisterWaitForSingleObject(end, (_, _) =>
            {
                inbox.Add(new ProxyExited(key));
                end.Dispose();
            }, null, Timeout.Infinite, executeOnlyOnce: true));
        }
    }

    /// <summary>The proxy reads the end of its orders.</summary>
    internal void CloseLine()
    {
        lock (_gate)
        {
            if (!_pending.IsAddingCompleted)
            {
                _pending.CompleteAdding();
            }
        }
    }

    /// <summary>Ends the proxy and everything it started. True when nothing is left.</summary>
    internal bool EndTree()
    {
        lock (_gate)
        {
            if (_isClosed)
            {
                return true;
            }
        }

        // Nobody closes it meanwhile: that follows when its end is told. The loop must be able to go on.
        return _job.End(EndTimeoutMs, ended: 0, out _);
    }

    internal override void Kill()
    {
        if (!_process.IsClosed)
        {
            _ = Kernel32.TerminateProcess(_process.DangerousGetHandle(), 1);
        }
    }

    internal override bool WaitForExit(int timeoutMs) =>
        _process.IsClosed || Kernel32.WaitForSingleObject(_process.DangerousGetHandle(), (uint)timeoutMs) == Kernel32.WAIT_OBJECT_0;

    /// <summary>Lets go of everything; what still lives in the job object ends.</summary>
    internal override void CloseProcess()
    {
        CloseLine();
        lock (_gate)
        {
            if (_isClosed)
            {
                return;
            }

            _isClosed = true;
            foreach (var wait in _waits)
            {
                wait.Unregister(null);
            }

            _job.Dispose();
            _process.Dispose();
            Grew.Dispose();
        }
    }

    public void Dispose() => CloseProcess();

    private void Write()
    {
        foreach (var bytes in _pending.GetConsumingEnumerable())
        {
            fixed (byte* start = bytes)
            {
                var done = 0;
                uint count;
                while (done < bytes.Length && Kernel32.WriteFile(_orders.DangerousGetHandle(), start + done, (uint)(bytes.Length - done), &count, 0))
                {
                    done += (int)count;
                }
            }

            // A proxy that is gone is seen by its exit.
            Interlocked.Add(ref _pendingBytes, -bytes.Length);
        }

        _orders.Dispose();
    }
}
