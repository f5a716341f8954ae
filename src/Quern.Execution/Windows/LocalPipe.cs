using System.IO.Pipes;
using System.Runtime.Versioning;
using System.Security.AccessControl;
using System.Security.Principal;
using Quern.Execution.Windows.Native;

namespace Quern.Execution.Windows;

/// <summary>Who is at the other end of a pipe, by the system's word.</summary>
/// <param name="Account">Name without its domain.</param>
/// <param name="IsAdministrator">The system, or somebody who acts as an administrator.</param>
/// <param name="IsOwn">The account of this program.</param>
public readonly record struct PipeCaller(string Account, string Sid, bool IsAdministrator, bool IsOwn);

/// <summary>
/// What a local socket is elsewhere: a named pipe that every account of this machine may use, none of another machine may, and nobody but this program may
/// listen at. One instance waits; the next is made when it is taken.
/// </summary>
/// <param name="path"><c>\\.\pipe\NAME</c>.</param>
[SupportedOSPlatform("windows")]
public sealed class LocalPipe(string path) : IDisposable
{
    private const string Prefix = @"\\.\pipe\";
    private const int BufferBytes = 64 * 1024;
    private NamedPipeServerStream? _waiting;

    /// <summary>Name of the pipe in a path; null when the path is none.</summary>
    public static string? NameOf(string path) => path.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) ? path[Prefix.Length..] : null;

    /// <exception cref="IOException">Somebody else listens at the name.</exception>
    public void Open()
    {
        try
        {
            _waiting = Create(PipeOptions.FirstPipeInstance);
        }
        catch (UnauthorizedAccessException failure)
        {
            throw new IOException($"listen at '{path}': another program has that pipe: end it, or choose another state folder", failure);
        }
    }

    public async Task<NamedPipeServerStream> AcceptAsync(CancellationToken token)
    {
        var waiting = _waiting ?? throw new InvalidOperationException("The pipe is not open.");
        await waiting.WaitForConnectionAsync(token).ConfigureAwait(false);
        _waiting = Create(PipeOptions.None);
        return waiting;
    }

    /// <summary>By acting as the caller for a moment, which the system allows once something was read from it.</summary>
    /// <exception cref="IOException">The caller is gone or does not let itself be known.</exception>
    public static PipeCaller CallerOf(NamedPipeServerStream pipe)
    {
        using var own = WindowsIdentity.GetCurrent();
        PipeCaller caller = default;
        pipe.RunAsClient(() =>
        {
            using var identity = WindowsIdentity.GetCurrent(TokenAccessLevels.Query);
            var isAdministrator = identity.IsSystem || new WindowsPrincipal(identity).IsInRole(WindowsBuiltInRole.Administrator);
            caller = new PipeCaller(identity.Name[(identity.Name.LastIndexOf('\\') + 1)..], identity.User?.Value ?? "", isAdministrator, identity.User == own.User);
        });
        return caller;
    }

    /// <summary>Process that opened the other end. It may be gone, and its number another's: good for counting and nothing else.</summary>
    public static unsafe uint ProcessIdOf(NamedPipeServerStream pipe)
    {
        uint pid;
        return Kernel32.GetNamedPipeClientProcessId(pipe.SafePipeHandle, &pid) ? pid : 0;
    }

    public void Dispose() => _waiting?.Dispose();

    private NamedPipeServerStream Create(PipeOptions more)
    {
        var rights = new PipeSecurity();
        using var own = WindowsIdentity.GetCurrent();
        rights.AddAccessRule(new PipeAccessRule(new SecurityIdentifier(WellKnownSidType.NetworkSid, null), PipeAccessRights.FullControl, AccessControlType.Deny));
        rights.AddAccessRule(new PipeAccessRule(own.User!, PipeAccessRights.FullControl, AccessControlType.Allow));
        rights.AddAccessRule(new PipeAccessRule(new SecurityIdentifier(WellKnownSidType.LocalSystemSid, null), PipeAccessRights.FullControl, AccessControlType.Allow));
        rights.AddAccessRule(new PipeAccessRule(new SecurityIdentifier(WellKnownSidType.AuthenticatedUserSid, null), PipeAccessRights.ReadWrite, AccessControlType.Allow));
        return NamedPipeServerStreamAcl.Create(NameOf(path)!, PipeDirection.InOut, NamedPipeServerStream.MaxAllowedServerInstances, PipeTransmissionMode.Byte,
            PipeOptions.Asynchronous | more, BufferBytes, BufferBytes, rights);
    }
}
