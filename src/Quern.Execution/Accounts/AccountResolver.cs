using Quern.Execution.Native;

namespace Quern.Execution.Accounts;

/// <summary>
/// Turns a name into an account a job may run as, or into the reason why not. Looks up through the host's name service, so a call may take as long as
/// that does. There is no fallback to another account, ever. Thread-safe.
/// </summary>
public static class AccountResolver
{
    private const uint Nobody = 65534, NobodyOnMac = uint.MaxValue - 1;
    private const string NologinPath = "/etc/nologin";
    private const string ShellsPath = "/etc/shells";

    /// <param name="isProxyAccount">The name is the configured <c>proxy_account</c>: it may lie below the least uid and have a locked password, since
    /// installation makes it that way.</param>
    public static AccountResult Resolve(string name, AccountPolicy policy, bool isProxyAccount)
    {
        var host = Environment.MachineName;
        if (AccountName.Problem(name) is { } problem)
        {
            return Refuse(name, host, $"is no account name: {problem}", "submit as an account of this host");
        }

        Account? account;
        try
        {
            account = NameService.Find(name, out var failure);
            if (failure != 0)
            {
                return Refuse(name, host, $"cannot be looked up: {Errno.Text(failure)}", $"check the name service with '{AccountRemedies.LookUp(name)}'");
            }
        }
        catch (DllNotFoundException)
        {
            return Refuse(name, host, "cannot be looked up: this system has no C library that is known", "use macOS or a Linux with glibc");
        }

        if (account is null)
        {
            return Refuse(name, host, "does not exist", "create it there, or set worker restrictions so that the job goes elsewhere");
        }

        var warning = "";
        var refused = CheckIdentity(account, policy, isProxyAccount, host)
            ?? CheckLists(account, policy, host, out warning)
            ?? CheckUse(account, policy, isProxyAccount, host);
        return refused is null ? new AccountGranted(account, warning) : refused;
    }

    /// <summary>The account as the name service has it, whatever the policy says; null when there is none.</summary>
    internal static Account? Find(string name) => NameService.Find(name, out _);

    private static AccountRefused? CheckIdentity(Account account, AccountPolicy policy, bool isProxyAccount, string host)
    {
        const string submitAs = "submit as an ordinary account";
        if (account.Uid == 0 || account.Name == "root")
        {
            return Refuse(account.Name, host, "is root (uid 0); no job ever runs as root", submitAs);
        }

        if (account.Gid == 0 || account.Groups.Contains(0u))
        {
            return Refuse(account.Name, host, "is in root's group (gid 0)", $"give it a group of its own with '{AccountRemedies.OwnGroup(account.Name)}', or {submitAs}");
        }

        if (account.Uid is Nobody or NobodyOnMac or uint.MaxValue || account.Gid == uint.MaxValue)
        {
            return Refuse(account.Name, host, $"has uid {account.Uid}, which stands for nobody in particular", submitAs);
        }

        if (policy.ForbiddenUsers.Contains(account.Name, StringComparer.Ordinal))
        {
            return Refuse(account.Name, host, "belongs to the farm itself", submitAs);
        }

        return account.Uid < policy.MinUid && !isProxyAccount
            ? Refuse(account.Name, host, $"has uid {account.Uid}, below worker_min_uid = {policy.MinUid}", submitAs + " or lower worker_min_uid in that host's qb.conf")
            : null;
    }

    private static AccountRefused? CheckLists(Account account, AccountPolicy policy, string host, out string warning)
    {
        warning = "";
        const string ask = "ask who administers that host";
        if (policy.DenyUsers.Contains(account.Name, StringComparer.Ordinal))
        {
            return Refuse(account.Name, host, "is in worker_deny_users", ask);
        }

        var groups = account.Groups.Select(NameService.GroupName).OfType<string>().ToHashSet(StringComparer.Ordinal);
        if (policy.DenyGroups.FirstOrDefault(groups.Contains) is { } denied)
        {
            return Refuse(account.Name, host, $"is in group '{denied}' of worker_deny_groups", ask);
        }

        var hasAllowList = policy.AllowUsers.Count + policy.AllowGroups.Count > 0;
        if (hasAllowList && !policy.AllowUsers.Contains(account.Name, StringComparer.Ordinal) && !policy.AllowGroups.Any(groups.Contains))
        {
            return Refuse(account.Name, host, "is in neither worker_allow_users nor worker_allow_groups", ask);
        }

        if (AccountPolicy.RootByDetour.FirstOrDefault(groups.Contains) is not { } privileged)
        {
            return null;
        }

        if (policy.PrivilegedGroups == PrivilegedGroups.Deny)
        {
            return Refuse(account.Name, host, $"is in group '{privileged}', which is root by a detour, and worker_privileged_groups = deny", "take it out of the group or submit as another");
        }

        warning = $"account '{account.Name}' on host '{host}' is in group '{privileged}', which is root by a detour: set worker_privileged_groups = deny to refuse it";
        return null;
    }

    private static AccountRefused? CheckUse(Account account, AccountPolicy policy, bool isProxyAccount, string host)
    {
        if (policy.HonorsNologin && File.Exists(NologinPath))
        {
            return Refuse(account.Name, host, $"may not be used now: {NologinPath} is there and worker_honor_nologin = yes", $"remove {NologinPath} when the maintenance is over");
        }

        if (policy.RequiresShell && !isProxyAccount && !IsShell(account.Shell))
        {
            return Refuse(account.Name, host, $"has the shell '{account.Shell}', which is not in /etc/shells, and worker_require_shell = yes", $"give it another with '{AccountRemedies.GiveShell(account.Name)}'");
        }

        if (policy.AccountCheck == AccountCheck.None)
        {
            return null;
        }

        const string orNone = ", or set worker_account_check = none in that host's qb.conf";
        var shadow = NameService.FindShadow(account.Name);
        if (shadow?.IsExpired(DateTimeOffset.UtcNow) == true)
        {
            return Refuse(account.Name, host, "has expired", $"renew it with '{AccountRemedies.Renew(account.Name)}'{orNone}");
        }

        if (shadow?.IsLocked == true && !isProxyAccount)
        {
            return Refuse(account.Name, host, "is locked (its password is disabled)", $"unlock it with '{AccountRemedies.Unlock(account.Name)}'{orNone}");
        }

        return Pam.CheckAccount(Pam.Service(), account.Name) switch
        {
            Pam.Success or Pam.Unavailable => null,
            Pam.AccountExpired => Refuse(account.Name, host, "has expired", $"renew it with '{AccountRemedies.Renew(account.Name)}'{orNone}"),
            Pam.AccountLocked or Pam.PasswordExpired when isProxyAccount => null,
            Pam.AccountLocked => Refuse(account.Name, host, "is locked", $"unlock it with '{AccountRemedies.Unlock(account.Name)}'{orNone}"),
            Pam.PasswordExpired => Refuse(account.Name, host, "must change its password first", $"log in once as '{account.Name}'{orNone}"),
            var code => Refuse(account.Name, host, $"is refused by PAM (service {Pam.Service()}, code {code})", "see the host's authentication log" + orNone),
        };
    }

    private static bool IsShell(string shell) =>
        File.Exists(ShellsPath) && File.ReadLines(ShellsPath).Any(line => line.Trim() == shell) && Path.GetFileName(shell) is not ("nologin" or "false");

    private static AccountRefused Refuse(string name, string host, string cause, string remedy) =>
        new($"account '{AccountName.Shown(name)}' on host '{host}' {cause}: {remedy}");
}
