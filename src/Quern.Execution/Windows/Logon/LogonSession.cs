using Microsoft.Win32.SafeHandles;

namespace Quern.Execution.Windows.Logon;

/// <summary>
/// One logon of an account: its token, its loaded profile and the environment that Windows gives it. Each run has one of its own, so that its processes have
/// a logon id of their own. Disposing it lets go of the profile, which is unloaded when the account's last session ends, and closes the token.
/// </summary>
internal sealed class LogonSession : IDisposable
{
    private readonly SafeAccessTokenHandle? _token;
    private readonly Action _close;
    private int _isClosed;

    /// <param name="token">Null where a test on another system stands in for Windows.</param>
    /// <param name="close">Lets go of the profile; called once, before the token is closed.</param>
    internal LogonSession(SafeAccessTokenHandle? token, string account, string sid, string profileFolder, IReadOnlyDictionary<string, string> environment, Action close)
    {
        (_token, Account, Sid, ProfileFolder, Environment) = (token, account, sid, profileFolder, environment);
        _close = close;
    }

    /// <summary>Primary token of the account.</summary>
    internal SafeAccessTokenHandle Token => _token ?? throw new PlatformNotSupportedException("there are no tokens but on Windows");

    /// <summary><c>DOMAIN\user</c>, as the system spells it.</summary>
    internal string Account { get; }

    /// <summary>In text form, <c>S-1-5-21-...</c>.</summary>
    internal string Sid { get; }

    /// <summary>The account's profile folder; empty when no profile was loaded.</summary>
    internal string ProfileFolder { get; }

    /// <summary>The account's own variables; nothing of the worker's. Names compare without case.</summary>
    internal IReadOnlyDictionary<string, string> Environment { get; }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isClosed, 1) == 0)
        {
            _close();
            _token?.Dispose();
        }
    }
}

/// <summary>Whether an account of this host was logged on for a run.</summary>
internal abstract record LogonResult;

/// <param name="Session">The run's; whoever takes it disposes it when the run is over.</param>
internal sealed record LogonGranted(LogonSession Session) : LogonResult;

/// <param name="Text">One line: the account, the host, the cause and the remedy.</param>
internal sealed record LogonRefused(string Text) : LogonResult
{
    /// <summary>The password is the reason: the run ends with <see cref="Runs.RunEndCause.WrongPassword"/>, so that no other host tries it.</summary>
    internal bool IsWrongPassword { get; init; }
}
