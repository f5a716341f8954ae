using Microsoft.Win32.SafeHandles;

namespace Quern.Execution.Windows.Logon;

/// <summary>An account as the system knows it.</summary>
/// <param name="IsUser">Neither a group nor a domain nor anything else that has a name.</param>
internal sealed record WindowsAccount(string Domain, string Name, string Sid, bool IsUser)
{
    public override string ToString() => Domain.Length == 0 ? Name : $@"{Domain}\{Name}";
}

/// <summary>What a token says of itself.</summary>
/// <param name="GroupSids">All of its groups, also those that only deny.</param>
internal sealed record TokenFacts(string Sid, IReadOnlyList<string> GroupSids);

/// <summary>A primary token; disposing it closes it.</summary>
internal interface ILogonToken : IDisposable
{
    /// <summary>Null where a test stands in for the system.</summary>
    SafeAccessTokenHandle? Handle { get; }
}

/// <summary>
/// The calls of Windows that a logon needs, and nothing decided. Each answers with an error number of the system (0 = done), so that a fake can answer with any.
/// Thread-safe.
/// </summary>
internal interface IWindowsAccounts
{
    string HostName { get; }

    /// <summary>Looks a name up where Windows does: well-known names, this host, its domain, trusted domains.</summary>
    WindowsAccount? Find(string name, out int error);

    /// <summary>The same from a SID in text form.</summary>
    WindowsAccount? FindSid(string sid);

    /// <param name="password">With a NUL at its end; empty = a managed service account, whose password the system fetches.</param>
    ILogonToken? LogOn(WindowsAccount account, ReadOnlySpan<char> password, LogonKind kind, out int error);

    TokenFacts Read(ILogonToken token);

    /// <summary>Loads the account's profile; its registry handle, to be given to <see cref="UnloadProfile"/>.</summary>
    nint LoadProfile(ILogonToken token, WindowsAccount account, out int error);

    void UnloadProfile(ILogonToken token, nint profile);

    /// <summary>Empty when there is none.</summary>
    string ProfileFolder(ILogonToken token);

    /// <summary>The account's variables, nothing inherited.</summary>
    IReadOnlyDictionary<string, string>? Environment(ILogonToken token, out int error);
}
