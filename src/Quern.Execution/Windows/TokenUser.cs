using System.Collections;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Security.Principal;
using Microsoft.Win32.SafeHandles;
using Quern.Execution.Windows.Logon;
using Quern.Execution.Windows.Native;

namespace Quern.Execution.Windows;

/// <summary>Whose a process is.</summary>
[SupportedOSPlatform("windows")]
internal static unsafe class TokenUser
{
    /// <summary>SID of the account a process runs as; empty when the process is gone.</summary>
    internal static string SidOf(SafeProcessHandle process)
    {
        nint token;
        if (!Advapi32.OpenProcessToken(process.DangerousGetHandle(), Advapi32.TOKEN_QUERY, &token))
        {
            return "";
        }

        using var held = new SafeAccessTokenHandle(token);
        using var identity = new WindowsIdentity(held.DangerousGetHandle());
        return identity.User?.Value ?? "";
    }

    /// <summary>This program's own account as the session of a run: no logon, its environment and its profile.</summary>
    /// <exception cref="IOException">The token cannot be had.</exception>
    internal static LogonSession Own()
    {
        const uint access = Advapi32.TOKEN_QUERY | Advapi32.TOKEN_DUPLICATE | Advapi32.TOKEN_ASSIGN_PRIMARY | Advapi32.TOKEN_IMPERSONATE | Advapi32.TOKEN_ADJUST_DEFAULT | Advapi32.TOKEN_ADJUST_SESSIONID;
        nint token, own;
        if (!Advapi32.OpenProcessToken(-1, access, &token))
        {
            throw new IOException($"open the worker's own token: {Kernel32.ErrorText(Marshal.GetLastPInvokeError())}");
        }

        var isMade = Advapi32.DuplicateTokenEx(token, access, 0, Advapi32.SecurityImpersonation, Advapi32.TokenPrimary, &own);
        var error = Marshal.GetLastPInvokeError();
        _ = Kernel32.CloseHandle(token);
        if (!isMade)
        {
            throw new IOException($"duplicate the worker's own token: {Kernel32.ErrorText(error)}");
        }

        using var identity = WindowsIdentity.GetCurrent();
        var variables = System.Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .Where(entry => !((string)entry.Key).StartsWith("QUERN_", StringComparison.OrdinalIgnoreCase))
            .ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? "", StringComparer.OrdinalIgnoreCase);
        return new LogonSession(new SafeAccessTokenHandle(own), identity.Name, identity.User?.Value ?? "",
            System.Environment.GetFolderPath(System.Environment.SpecialFolder.UserProfile), variables, static () => { });
    }
}
