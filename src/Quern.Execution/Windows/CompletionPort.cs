using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Quern.Execution.Windows.Native;

namespace Quern.Execution.Windows;

/// <summary>Where one thread waits for everything: messages of job objects and what other threads post. Posting is thread-safe.</summary>
[SupportedOSPlatform("windows")]
internal sealed unsafe class CompletionPort : IDisposable
{
    /// <exception cref="IOException">The system refuses.</exception>
    internal CompletionPort()
    {
        Handle = Kernel32.CreateIoCompletionPort(Kernel32.INVALID_HANDLE_VALUE, 0, 0, 1);
        if (Handle == 0)
        {
            throw new IOException($"make a completion port: {Kernel32.ErrorText(Marshal.GetLastPInvokeError())}");
        }
    }

    internal nint Handle { get; }

    internal void Post(nuint key) => _ = Kernel32.PostQueuedCompletionStatus(Handle, 0, key, 0);

    /// <summary>The key of the next message; null when time is up.</summary>
    /// <param name="timeoutMs">-1 = without end.</param>
    internal nuint? Take(int timeoutMs)
    {
        uint message;
        nuint key;
        nint value;
        return Kernel32.GetQueuedCompletionStatus(Handle, &message, &key, &value, timeoutMs < 0 ? Kernel32.INFINITE : (uint)timeoutMs) ? key : null;
    }

    public void Dispose() => _ = Kernel32.CloseHandle(Handle);
}
