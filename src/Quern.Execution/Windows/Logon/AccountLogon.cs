using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Quern.Execution.Accounts;
using Quern.Execution.Runs;
using Quern.Execution.Windows.Secrets;
using Quern.Secrets;

namespace Quern.Execution.Windows.Logon;

/// <summary>
/// From a launch to a session of its account, or to the one line that says why not:
/// <code>
/// name -> SID -> never these -> this host's lists of users -> password -> not one that was just refused -> logon -> the token's own word on SID and groups -> profile -> environment
/// </code>
/// Nothing runs before the token's groups were looked at. Accounts compare by SID. Logons of one account wait for each other, so that a wrong password is tried once
/// and not as often as there are slots. Thread-safe.
/// </summary>
internal sealed class AccountLogon(IWindowsAccounts accounts, PasswordSource passwords, Func<LogonPolicy> policy, TimeProvider time)
{
    private readonly RefusedPasswords _refused = new(time);
    private readonly LoadedProfiles _profiles = new(accounts);
    private readonly ConcurrentDictionary<string, Lock> _gates = [];

    /// <summary>How long a logon waits for another of its account: a controller that does not answer must not hold up the threads that others need.</summary>
    internal TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Logs the launch's account on. Whoever gets a session disposes it when the run is over.</summary>
    internal LogonResult LogOn(Launch launch)
    {
        var rules = policy();
        var request = launch.Logon ?? LogonRequest.None;
        if (AccountForm.Qualify(launch.Account, request.Domain, accounts.HostName, out var fault) is not { } name)
        {
            return Refuse(launch, $"{fault}: name it as Windows does");
        }

        if (accounts.Find(name, out var error) is not { } account)
        {
            return Refuse(launch, LogonErrors.Explain(error, request.Remedy, ""));
        }

        var why = SidRules.WhyNever(account.Sid) is { } never ? $"{never}, and no job runs as it: submit as another, or set another proxy_account"
            : !account.IsUser ? $"is {account}, which is no user's account: name one of a user"
            : WhyNotUser(account, rules);
        return why is null ? WithPassword(launch, request, account, rules) : Refuse(launch, why);
    }

    private LogonResult WithPassword(Launch launch, LogonRequest request, WindowsAccount account, LogonPolicy rules)
    {
        // The name of a managed service account ends in $; the system has its password. Source: "Group Managed Service Accounts".
        if (account.Name.EndsWith('$'))
        {
            return Try(account, [], [LogonKind.Service], out var failed) is { } managed ? Open(launch, account, managed, rules) : Refuse(launch, LogonErrors.Explain(failed, "let this host use it", "service"));
        }

        using var password = passwords.Find(request, out var problem);
        if (password is null)
        {
            return Refuse(launch, problem!);
        }

        var (token, refusal) = TryOnce(launch, request, account, password, rules);
        return token is null ? refusal! : Open(launch, account, token, rules);
    }

    /// <summary>The account's token, or the refusal.</summary>
    private (ILogonToken? Token, LogonRefused? Refusal) TryOnce(Launch launch, LogonRequest request, WindowsAccount account, Secret password, LogonPolicy rules)
    {
        var characters = password.CopyUtf16();
        try
        {
            var gate = _gates.GetOrAdd(account.Sid, _ => new Lock());
            if (!gate.TryEnter(Patience))
            {
                return (null, Refuse(launch, "is not logged on now, an earlier logon of it still waits for its domain's controller: look at the host's network"));
            }

            try
            {
                if (_refused.Find(account.Sid, password) is { } known)
                {
                    return (null, new LogonRefused(known) { IsWrongPassword = true });
                }

                if (Try(account, characters, rules.Kinds, out var error) is { } token)
                {
                    return (token, null);
                }

                var refusal = Refuse(launch, LogonErrors.Explain(error, request.Remedy, LogonPolicy.TextOf(rules.Kinds)));
                if (error == LogonErrors.WrongPassword)
                {
                    _refused.Add(account.Sid, password, refusal.Text);
                }

                return (null, refusal with { IsWrongPassword = error == LogonErrors.WrongPassword });
            }
            finally
            {
                gate.Exit();
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(characters.AsSpan()));
        }
    }

    /// <summary>The kinds in order; the next one only when the account lacks the right to this one, for any other error would be the same and count as a try.</summary>
    private ILogonToken? Try(WindowsAccount account, ReadOnlySpan<char> password, IReadOnlyList<LogonKind> kinds, out int error)
    {
        error = LogonErrors.KindNotGranted;
        foreach (var kind in kinds)
        {
            var token = accounts.LogOn(account, password, kind, out error);
            if (token is not null || error != LogonErrors.KindNotGranted)
            {
                return token;
            }
        }

        return null;
    }

    /// <summary>The token is ours from here: it goes into the session, or it is closed.</summary>
    private LogonResult Open(Launch launch, WindowsAccount account, ILogonToken token, LogonPolicy rules)
    {
        var facts = accounts.Read(token);
        var refusal = facts.Sid != account.Sid ? $"was logged on as {facts.Sid} and not as {account.Sid}: correct its name" : WhyNotGroups(account, facts, rules);
        var hasProfile = false;
        IReadOnlyDictionary<string, string>? environment = null;
        if (refusal is null && rules.LoadsProfile)
        {
            var failed = _profiles.Take(token, account);
            hasProfile = failed == 0;
            refusal = hasProfile ? null : LogonErrors.Profile(failed);
        }

        if (refusal is null)
        {
            environment = accounts.Environment(token, out var failed);
            refusal = environment is null ? LogonErrors.Environment(failed) : null;
        }

        if (refusal is not null)
        {
            Close(token, account.Sid, hasProfile);
            return Refuse(launch, refusal);
        }

        return new LogonGranted(new LogonSession(
            token.Handle, account.ToString(), account.Sid, hasProfile ? accounts.ProfileFolder(token) : "", environment!, () => Close(token, account.Sid, hasProfile)));
    }

    private void Close(ILogonToken token, string sid, bool hasProfile)
    {
        if (hasProfile)
        {
            _profiles.Release(token, sid);
        }

        token.Dispose();
    }

    private string? WhyNotUser(WindowsAccount account, LogonPolicy rules)
    {
        if (rules.DenyUsers.Any(name => Means(name, account, isStrict: false)))
        {
            return "is in worker_deny_users: ask who administers that host";
        }

        return rules.AllowUsers.Count == 0 || rules.AllowGroups.Count > 0 || rules.AllowUsers.Any(name => Means(name, account, isStrict: true))
            ? null
            : "is not in worker_allow_users: ask who administers that host";
    }

    /// <summary>By SID; a name that cannot be looked up now denies by its letters and allows nothing.</summary>
    private bool Means(string name, WindowsAccount account, bool isStrict)
        => accounts.Find(AccountForm.Qualify(name, "", accounts.HostName, out _) ?? name, out _) is { } found
            ? found.Sid == account.Sid
            : !isStrict && (name.Equals(account.Name, StringComparison.OrdinalIgnoreCase) || name.Equals(account.ToString(), StringComparison.OrdinalIgnoreCase));

    private string? WhyNotGroups(WindowsAccount account, TokenFacts facts, LogonPolicy rules)
    {
        if (!rules.AllowsAdministrators && facts.GroupSids.Contains(SidRules.Administrators))
        {
            return "is a member of Administrators: take it out of the group, submit as another, or set worker_allow_administrators = yes in that host's qb.conf";
        }

        if (rules.DenyGroups.FirstOrDefault(group => IsIn(group, facts, isStrict: false)) is { } denied)
        {
            return $"is in group '{denied}' of worker_deny_groups: ask who administers that host";
        }

        return rules.AllowGroups.Count == 0 || rules.AllowGroups.Any(group => IsIn(group, facts, isStrict: true)) || rules.AllowUsers.Any(name => Means(name, account, isStrict: true))
            ? null
            : "is in neither worker_allow_users nor worker_allow_groups: ask who administers that host";
    }

    private bool IsIn(string group, TokenFacts facts, bool isStrict)
        => accounts.Find(group, out _) is { } found
            ? facts.GroupSids.Contains(found.Sid)
            : !isStrict && facts.GroupSids.Any(sid => accounts.FindSid(sid) is { } known && (known.Name.Equals(group, StringComparison.OrdinalIgnoreCase) || known.ToString().Equals(group, StringComparison.OrdinalIgnoreCase)));

    private LogonRefused Refuse(Launch launch, string why) => new($"account '{AccountName.Shown(launch.Account)}' on host '{accounts.HostName}' {why}");
}
