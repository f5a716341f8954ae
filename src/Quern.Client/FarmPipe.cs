using System.IO.Pipes;
using System.Runtime.Versioning;
using System.Security.Principal;

namespace Quern.Client;

/// <summary>
/// The local socket of Windows. Anybody may make a pipe of any name that is free, so its owner is looked at before a word is said: the system, an
/// administrator, or the caller's own account (or whoever the caller's own things belong to).
/// </summary>
[SupportedOSPlatform("windows")]
internal static class FarmPipe
{
    private const string Prefix = @"\\.\pipe\";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Null when the path is no pipe's.</summary>
    public static string? NameOf(string path) => path.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) ? path[Prefix.Length..] : null;

    /// <summary>The other end may know who calls, and may not act as the caller.</summary>
    /// <exception cref="IOException">Nobody listens, or somebody else does.</exception>
    public static async Task<Stream> ConnectAsync(string name, CancellationToken token)
    {
        var pipe = new NamedPipeClientStream(".", name, PipeDirection.InOut, PipeOptions.Asynchronous, TokenImpersonationLevel.Identification);
        try
        {
            await pipe.ConnectAsync(Patience, token).ConfigureAwait(false);
            CheckOwner(pipe, name);
            return pipe;
        }
        catch (TimeoutException failure)
        {
            await pipe.DisposeAsync().ConfigureAwait(false);
            throw new IOException($"nobody listens at pipe '{name}'", failure);
        }
        catch
        {
            await pipe.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static void CheckOwner(NamedPipeClientStream pipe, string name)
    {
        using var own = WindowsIdentity.GetCurrent();
        var owner = pipe.GetAccessControl().GetOwner(typeof(SecurityIdentifier)) as SecurityIdentifier;
        if (owner is null || !(owner.IsWellKnown(WellKnownSidType.LocalSystemSid) || owner.IsWellKnown(WellKnownSidType.BuiltinAdministratorsSid) || owner == own.User || owner == own.Owner))
        {
            throw new IOException($"pipe '{name}' belongs to {owner?.Value ?? "nobody"}, which is neither the system nor an administrator nor you: find the program that made it");
        }
    }
}
