namespace Quern.Execution.Windows.Logon;

/// <summary>
/// What the system's error numbers mean for a logon, each with its remedy. Source: "System Error Codes" (0-499, 1300-1699, 1700-3999). A table; nothing
/// else should know a number.
/// </summary>
internal static class LogonErrors
{
    internal const int WrongPassword = 1326;
    internal const int KindNotGranted = 1385;
    internal const int NoSuchAccount = 1332;

    /// <summary>Cause and remedy, the end of a sentence about the account.</summary>
    /// <param name="password">What to do about the password: run qblogin, or set proxy_password.</param>
    /// <param name="kinds">The ways that were tried, for people.</param>
    internal static string Explain(int error, string password, string kinds) => error switch
    {
        5 => "cannot be logged on, access is denied: let the worker run as LocalSystem",
        1311 => "cannot be logged on, no logon server of its domain answers: look at the domain controllers and at the host's network",
        1314 => "cannot be logged on, the worker lacks a privilege: let it run as LocalSystem",
        WrongPassword => $"was not logged on, the name or the password is wrong; it is not tried again for 5 minutes: {password}",
        1327 => $"was not logged on, a restriction of the account forbids it (an empty password, or a policy): give it a password, then {password}",
        1328 => "may not be logged on at this hour: change its logon hours, or run the job later",
        1329 => "may not be logged on on this host: add the host to the account's list of workstations",
        1330 => $"was not logged on, its password has expired: change it, then {password}",
        1331 => "is disabled: enable it",
        NoSuchAccount => "is not known there: create it, correct its name, or set worker_host_domain",
        1355 => "cannot be logged on, its domain cannot be found: correct worker_host_domain, or look at the host's name server",
        KindNotGranted => $"may not be logged on there ({kinds}): give it the right \"Log on as a batch job\" on the host, or set proxy_logon_type",
        1396 => "cannot be logged on, the directory's name of the logon server is wrong: ask who administers the domain",
        1398 => "cannot be logged on, the clocks of host and domain differ: set the host's clock",
        1707 or 1722 => "cannot be logged on, its domain's controller cannot be reached: look at the host's network",
        1786 or 1787 or 1788 or 1789 => "cannot be logged on, host and domain do not trust each other any more: join the host to the domain anew",
        1792 => "cannot be logged on, the service Netlogon does not run there: start it",
        1793 => "has expired: renew it",
        1907 => $"was not logged on, it must change its password first: log in once as it, then {password}",
        1909 => "is locked out after too many wrong passwords: unlock it, or wait until the domain does",
        1935 => "may not be logged on on this host by its domain (selective authentication): give it the right to authenticate there",
        _ => $"cannot be logged on (system error {error}): see the host's security log",
    };

    /// <summary>After the logon, when profile or environment cannot be had.</summary>
    internal static string Profile(int error) => $"was logged on, but its profile cannot be loaded (system error {error}): log in there once as it, or take load_profile out of worker_flags";

    internal static string Environment(int error) => $"was logged on, but its environment cannot be had (system error {error}): see the host's application log";
}
