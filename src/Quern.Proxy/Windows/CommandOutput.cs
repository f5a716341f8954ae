using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Quern.Execution.Windows;
using Quern.Execution.Windows.Native;

namespace Quern.Proxy.Windows;

/// <summary>Standard input (empty), output and error of one command. The pipes end when the last process that has them does.</summary>
[SupportedOSPlatform("windows")]
internal sealed unsafe class CommandOutput
{
    private const uint PipeBytes = 64 * 1024;
    private const uint HANDLE_FLAG_INHERIT = 1;
    private readonly PipeReader _output;
    private readonly PipeReader _error;

    private CommandOutput(nint input, (nint Read, nint Write) output, (nint Read, nint Write) error, Action outputChanged, Action errorChanged)
    {
        (Input, OutputEnd, ErrorEnd) = (input, output.Write, error.Write);
        _output = new PipeReader(new SafeFileHandle(output.Read, ownsHandle: true), outputChanged);
        _error = new PipeReader(new SafeFileHandle(error.Read, ownsHandle: true), errorChanged);
    }

    internal nint Input { get; }

    internal nint OutputEnd { get; }

    internal nint ErrorEnd { get; }

    internal nint[] Inherited => [Input, OutputEnd, ErrorEnd];

    internal PipeReader Reader(bool isError) => isError ? _error : _output;

    /// <exception cref="IOException">The system refuses.</exception>
    internal static CommandOutput Open(Action outputChanged, Action errorChanged)
    {
        var inheritable = Kernel32.SECURITY_ATTRIBUTES.Inheritable;
        var nothing = Kernel32.CreateFile("NUL", Kernel32.GENERIC_READ, Kernel32.FILE_SHARE_ALL, &inheritable, Kernel32.OPEN_EXISTING, 0, 0);
        return nothing == Kernel32.INVALID_HANDLE_VALUE
            ? throw new IOException($"open NUL: {Kernel32.ErrorText(Marshal.GetLastPInvokeError())}")
            : new CommandOutput(nothing, Pipe(), Pipe(), outputChanged, errorChanged);
    }

    /// <summary>The command has its own by now, or was not started.</summary>
    internal void CloseChildEnds()
    {
        foreach (var handle in Inherited)
        {
            _ = Kernel32.CloseHandle(handle);
        }
    }

    private static (nint Read, nint Write) Pipe()
    {
        var inheritable = Kernel32.SECURITY_ATTRIBUTES.Inheritable;
        nint read, write;
        if (!Kernel32.CreatePipe(&read, &write, &inheritable, PipeBytes) || !Kernel32.SetHandleInformation(read, HANDLE_FLAG_INHERIT, 0))
        {
            throw new IOException($"make a pipe: {Kernel32.ErrorText(Marshal.GetLastPInvokeError())}");
        }

        return (read, write);
    }
}
