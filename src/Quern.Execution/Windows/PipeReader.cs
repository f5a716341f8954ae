using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Quern.Execution.Windows.Native;

namespace Quern.Execution.Windows;

/// <summary>
/// Reads a pipe on a thread of its own and posts a key whenever there is something to take, or its end. It reads on when all was taken, so a writer that is
/// too fast waits and memory stays bounded. Taking belongs to one thread.
/// </summary>
[SupportedOSPlatform("windows")]
internal sealed unsafe class PipeReader
{
    private const int Size = 64 * 1024;
    private readonly SafeFileHandle _pipe;
    private readonly Action _changed;
    private readonly byte[] _buffer = new byte[Size];
    private readonly object _gate = new();
    private int _start;
    private int _end;
    private bool _isEnded;

    /// <param name="pipe">Closed when it has ended.</param>
    /// <param name="changed">Called from the reading thread.</param>
    internal PipeReader(SafeFileHandle pipe, Action changed)
    {
        (_pipe, _changed) = (pipe, changed);
        new Thread(Loop) { IsBackground = true, Name = "pipe reader" }.Start();
    }

    /// <summary>No writer is left and all that was written was taken.</summary>
    internal bool IsEnded
    {
        get
        {
            lock (_gate)
            {
                return _isEnded && _start == _end;
            }
        }
    }

    /// <summary>What is there now; 0 = nothing.</summary>
    internal int Take(Span<byte> into)
    {
        lock (_gate)
        {
            var count = Math.Min(into.Length, _end - _start);
            _buffer.AsSpan(_start, count).CopyTo(into);
            _start += count;
            if (_start == _end)
            {
                Monitor.PulseAll(_gate);
            }

            return count;
        }
    }

    /// <summary>Waits until there is something, or the end. False when time is up.</summary>
    internal bool Wait(int timeoutMs)
    {
        var deadline = Environment.TickCount64 + timeoutMs;
        lock (_gate)
        {
            while (_start == _end && !_isEnded)
            {
                var left = deadline - Environment.TickCount64;
                if (left <= 0 || !Monitor.Wait(_gate, (int)left))
                {
                    return false;
                }
            }

            return true;
        }
    }

    private void Loop()
    {
        var isOpen = true;
        while (isOpen)
        {
            uint count;
            fixed (byte* start = _buffer)
            {
                // A broken pipe is its end, and so is whatever else goes wrong with one.
                isOpen = Kernel32.ReadFile(_pipe.DangerousGetHandle(), start, Size, &count, 0);
            }

            // Writing nothing is no end.
            if (!isOpen || count > 0)
            {
                Fill(isOpen ? (int)count : 0);
            }
        }

        _pipe.Dispose();
    }

    /// <summary>Tells, and waits until it is taken.</summary>
    private void Fill(int count)
    {
        lock (_gate)
        {
            (_start, _end, _isEnded) = (0, count, count == 0);
            Monitor.PulseAll(_gate);
        }

        _changed();
        lock (_gate)
        {
            while (_start < _end)
            {
                Monitor.Wait(_gate);
            }
        }
    }
}
