using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Quern.Execution.Windows;
using Quern.Execution.Windows.Native;

namespace Quern.Proxy.Windows;

/// <summary>
/// What the proxy inherits from the worker: the reading end of a pipe with its orders, the journal's file with the right to append and no other, and an
/// event that says the journal grew. The run ends with the worker, so nobody knocks.
/// </summary>
[SupportedOSPlatform("windows")]
internal sealed unsafe class WorkerPipe(nint orders, nint journal, nint grew, Action changed) : IWorkerEnd
{
    private readonly PipeReader _orders = new(new SafeFileHandle(orders, ownsHandle: true), changed);
    private bool _isClosed;

    public bool IsOpen => !_isClosed;

    public int Receive(Span<byte> room) => _orders.Take(room) is > 0 and var count ? count : _orders.IsEnded ? -1 : 0;

    /// <summary>Waits for the next orders. False when time is up.</summary>
    internal bool Wait(int timeoutMs) => _orders.Wait(timeoutMs);

    public void Notify(ReadOnlySpan<byte> message) => _ = Kernel32.SetEvent(grew);

    public bool Append(ReadOnlySpan<byte> records)
    {
        fixed (byte* start = records)
        {
            var done = 0;
            while (done < records.Length)
            {
                uint count;
                if (!Kernel32.WriteFile(journal, start + done, (uint)(records.Length - done), &count, 0) || count == 0)
                {
                    return false;
                }

                done += (int)count;
            }
        }

        return true;
    }

    public bool Knock(string path, ReadOnlySpan<byte> hello) => false;

    public void Close() => _isClosed = true;
}
