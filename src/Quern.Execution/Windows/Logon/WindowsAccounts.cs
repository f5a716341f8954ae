using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Quern.Execution.Windows.Logon;

/// <summary>The real thing: one call of the system for each question, nothing decided. LoadUserProfileW needs SeBackup and SeRestore, which the service enables at its start.</summary>
[SupportedOSPlatform("windows")]
internal sealed unsafe class WindowsAccounts : IWindowsAccounts
{
    private const int LongestName = 256;
    private const int LongestSid = 68;
    private const int DefaultProvider = 0;

    /// <summary>SERVICE_ACCOUNT_PASSWORD of lmaccess.h: the system fetches a managed account's password itself.</summary>
    private const string ManagedPassword = "_SA_{262E99C9-6160-4871-ACEC-4E61736B6F21}";

    public string HostName => System.Environment.MachineName;

    public WindowsAccount? Find(string name, out int error)
    {
        var sid = stackalloc byte[LongestSid];
        var domain = stackalloc char[LongestName];
        uint sidBytes = LongestSid, domainLength = LongestName;
        error = Advapi.LookupAccountNameW(null, name, sid, ref sidBytes, domain, ref domainLength, out var use) ? 0 : Marshal.GetLastPInvokeError();

        // The name as it was asked for may differ in case or be a UPN: the SID's own spelling counts.
        return error != 0 ? null : FindSid((nint)sid) is { } account ? account with { IsUser = use is Advapi.SidTypeUser or Advapi.SidTypeComputer } : null;
    }

    public WindowsAccount? FindSid(string sid)
    {
        if (!Advapi.ConvertStringSidToSidW(sid, out var binary))
        {
            return null;
        }

        try
        {
            return FindSid(binary);
        }
        finally
        {
            Advapi.LocalFree(binary);
        }
    }

    public ILogonToken? LogOn(WindowsAccount account, ReadOnlySpan<char> password, LogonKind kind, out int error)
    {
        fixed (char* text = password.IsEmpty ? ManagedPassword.AsSpan() : password)
        {
            if (Advapi.LogonUserW(account.Name, account.Domain, text, (int)kind, DefaultProvider, out var token))
            {
                error = 0;
                return new Token(token);
            }

            error = Marshal.GetLastPInvokeError();
            token.Dispose();
            return null;
        }
    }

    public TokenFacts Read(ILogonToken token)
    {
        var user = Information(Of(token), Advapi.TokenUser);
        var groups = Information(Of(token), Advapi.TokenGroups);
        fixed (byte* userStart = user, groupStart = groups)
        {
            // TOKEN_USER is one SID_AND_ATTRIBUTES; TOKEN_GROUPS a count, then as many, each aligned as a pointer is.
            var sids = new string[*(uint*)groupStart];
            var first = (SidAndAttributes*)(groupStart + sizeof(nint));
            for (var at = 0; at < sids.Length; at++)
            {
                sids[at] = Text(first[at].Sid);
            }

            return new TokenFacts(Text(((SidAndAttributes*)userStart)->Sid), sids);
        }
    }

    public nint LoadProfile(ILogonToken token, WindowsAccount account, out int error)
    {
        fixed (char* name = account.Name)
        {
            var info = new Userenv.ProfileInfo { Size = (uint)sizeof(Userenv.ProfileInfo), Flags = Userenv.WithoutDialog, UserName = name };
            error = Userenv.LoadUserProfileW(Of(token), &info) ? 0 : Marshal.GetLastPInvokeError();
            return info.Profile;
        }
    }

    public void UnloadProfile(ILogonToken token, nint profile) => _ = Userenv.UnloadUserProfile(Of(token), profile);

    public string ProfileFolder(ILogonToken token)
    {
        uint length = 0;
        _ = Userenv.GetUserProfileDirectoryW(Of(token), null, ref length);
        var folder = new char[length];
        fixed (char* start = folder)
        {
            return length > 0 && Userenv.GetUserProfileDirectoryW(Of(token), start, ref length) ? new string(start) : "";
        }
    }

    public IReadOnlyDictionary<string, string>? Environment(ILogonToken token, out int error)
    {
        if (!Userenv.CreateEnvironmentBlock(out var block, Of(token), inherit: false))
        {
            error = Marshal.GetLastPInvokeError();
            return null;
        }

        try
        {
            error = 0;
            return Variables(block);
        }
        finally
        {
            _ = Userenv.DestroyEnvironmentBlock(block);
        }
    }

    /// <summary>NAME=VALUE, each with a NUL, and one more at the end. The hidden ones of drives begin with '='.</summary>
    internal static IReadOnlyDictionary<string, string> Variables(char* block)
    {
        var variables = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        for (var at = block; *at != '\0';)
        {
            var line = new string(at);
            at += line.Length + 1;
            if (line[0] != '=' && line.IndexOf('=', StringComparison.Ordinal) is > 0 and var equals)
            {
                variables[line[..equals]] = line[(equals + 1)..];
            }
        }

        return variables;
    }

    private static WindowsAccount? FindSid(nint sid)
    {
        var name = stackalloc char[LongestName];
        var domain = stackalloc char[LongestName];
        uint nameLength = LongestName, domainLength = LongestName;
        return Advapi.LookupAccountSidW(null, sid, name, ref nameLength, domain, ref domainLength, out var use)
            ? new WindowsAccount(new string(domain), new string(name), Text(sid), use is Advapi.SidTypeUser or Advapi.SidTypeComputer)
            : null;
    }

    private static string Text(nint sid)
    {
        if (!Advapi.ConvertSidToStringSidW(sid, out var text))
        {
            return "";
        }

        var result = Marshal.PtrToStringUni(text)!;
        Advapi.LocalFree(text);
        return result;
    }

    private static byte[] Information(SafeAccessTokenHandle token, int what)
    {
        _ = Advapi.GetTokenInformation(token, what, null, 0, out var needed);
        while (true)
        {
            var buffer = GC.AllocateUninitializedArray<byte>((int)needed, pinned: true);
            fixed (byte* start = buffer)
            {
                if (Advapi.GetTokenInformation(token, what, start, needed, out needed))
                {
                    // Pinned: the SIDs lie inside and are pointed at.
                    return buffer;
                }
            }

            if (Marshal.GetLastPInvokeError() != Advapi.ErrorInsufficientBuffer)
            {
                throw new IOException($"read a logon's token: system error {Marshal.GetLastPInvokeError()}");
            }
        }
    }

    private static SafeAccessTokenHandle Of(ILogonToken token) => token.Handle!;

    [StructLayout(LayoutKind.Sequential)]
    private struct SidAndAttributes
    {
        internal nint Sid;
        internal uint Attributes;
    }

    private sealed class Token(SafeAccessTokenHandle handle) : ILogonToken
    {
        public SafeAccessTokenHandle Handle => handle;

        public void Dispose() => handle.Dispose();
    }
}
