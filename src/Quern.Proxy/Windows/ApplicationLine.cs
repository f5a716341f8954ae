using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Quern.Execution.Windows;
using Quern.Execution.Windows.Native;

namespace Quern.Proxy.Windows;

/// <summary>Two pipes to an application: one it reads, one it writes. A thread writes, since the application may not read for a long time.</summary>
[SupportedOSPlatform("windows")]
internal sealed unsafe class ApplicationLine
{
    private const uint PipeBytes = 64 * 1024;
    private const uint HANDLE_FLAG_INHERIT = 1;
    private readonly BlockingCollection<byte[]> _pending = [];
    private readonly PipeReader _reader;

    private ApplicationLine((nint Read, nint Write) toIt, (nint Read, nint Write) fromIt, Action changed)
    {
        (ChildIn, ChildOut) = (toIt.Read, fromIt.Write);
        _reader = new PipeReader(new SafeFileHandle(fromIt.Read, ownsHandle: true), changed);
        var own = new SafeFileHandle(toIt.Write, ownsHandle: true);
        new Thread(() => Write(own)) { IsBackground = true, Name = "application line" }.Start();
    }

    /// <summary>The application's ends, until it was started.</summary>
    internal nint ChildIn { get; }

    internal nint ChildOut { get; }

    /// <param name="changed">Called from another thread when there is something to read, or the end.</param>
    /// <exception cref="IOException">The system refuses.</exception>
    internal static ApplicationLine Open(Action changed) => new(Pipe(ownsRead: false), Pipe(ownsRead: true), changed);

    internal void Say(ReadOnlySpan<byte> line)
    {
        if (!_pending.IsAddingCompleted)
        {
            _pending.Add(line.ToArray());
        }
    }

    /// <summary>0 = nothing now, -1 = it will say no more.</summary>
    internal int Read(Span<byte> into) => _reader.Take(into) is > 0 and var count ? count : _reader.IsEnded ? -1 : 0;

    internal void CloseChildEnds()
    {
        _ = Kernel32.CloseHandle(ChildIn);
        _ = Kernel32.CloseHandle(ChildOut);
    }

    /// <summary>Nothing more is said; the reading end ends with its last writer.</summary>
    internal void Close() => _pending.CompleteAdding();

    private void Write(SafeFileHandle pipe)
    {
        using (pipe)
        {
            foreach (var line in _pending.GetConsumingEnumerable())
            {
                fixed (byte* start = line)
                {
                    uint count = 0;
                    for (var done = 0; done < line.Length; done += (int)count)
                    {
                        // An application that does not read any more is told nothing.
                        if (!Kernel32.WriteFile(pipe.DangerousGetHandle(), start + done, (uint)(line.Length - done), &count, 0) || count == 0)
                        {
                            return;
                        }
                    }
                }
            }
        }
    }

    /// <param name="ownsRead">The reading end is the proxy's and not inherited; else the writing end.</param>
    private static (nint Read, nint Write) Pipe(bool ownsRead)
    {
        var inheritable = Kernel32.SECURITY_ATTRIBUTES.Inheritable;
        nint read, write;
        if (!Kernel32.CreatePipe(&read, &write, &inheritable, PipeBytes) || !Kernel32.SetHandleInformation(ownsRead ? read : write, HANDLE_FLAG_INHERIT, 0))
        {
            throw new IOException($"make a pipe: {Kernel32.ErrorText(Marshal.GetLastPInvokeError())}");
        }

        return (read, write);
    }
}
