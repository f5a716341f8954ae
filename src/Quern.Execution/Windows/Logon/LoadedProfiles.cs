namespace Quern.Execution.Windows.Logon;

/// <summary>Profiles by account: loaded for the first session, unloaded with the last. Source: LoadUserProfileW, UnloadUserProfile. Thread-safe.</summary>
internal sealed class LoadedProfiles(IWindowsAccounts accounts)
{
    private readonly Dictionary<string, (nint Profile, int Sessions)> _loaded = [];
    private readonly Lock _gate = new();

    /// <summary>0 when the account's profile is loaded for one session more; else the system's error.</summary>
    internal int Take(ILogonToken token, WindowsAccount account)
    {
        // Loading takes as long as the registry hive is large; two of one account must not race, and others may wait that long.
        lock (_gate)
        {
            if (_loaded.TryGetValue(account.Sid, out var entry))
            {
                _loaded[account.Sid] = entry with { Sessions = entry.Sessions + 1 };
                return 0;
            }

            var profile = accounts.LoadProfile(token, account, out var error);
            if (error == 0)
            {
                _loaded[account.Sid] = (profile, 1);
            }

            return error;
        }
    }

    internal void Release(ILogonToken token, string sid)
    {
        lock (_gate)
        {
            var (profile, sessions) = _loaded[sid];
            if (sessions > 1)
            {
                _loaded[sid] = (profile, sessions - 1);
                return;
            }

            _loaded.Remove(sid);
            accounts.UnloadProfile(token, profile);
        }
    }
}
