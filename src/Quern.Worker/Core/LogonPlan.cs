using Quern.Execution.Runs;
using Quern.Secrets;
using Wire = Quern.Protocol.Link;

namespace Quern.Worker.Core;

/// <summary>What a run's account is logged on with: in user mode what the supervisor sent with the start, in proxy mode proxy_password.</summary>
internal static class LogonPlan
{
    private const string ProxyRemedy = "set proxy_password in that host's qb.conf or in qbwrk.conf, as qbhash prints it";

    /// <summary>Null where accounts are not logged on.</summary>
    public static LogonRequest? Of(Wire.Start start, WorkerFacts facts, WorkerSettings settings)
    {
        if (!facts.NeedsPasswords)
        {
            return null;
        }

        var domain = settings.Text("worker_host_domain");
        return settings.RunsAsSubmitter
            ? new LogonRequest(DomainOf(start.Credential, domain), start.Credential?.Password ?? "", start.Credential?.Account ?? "", SealedFor.Run(LinkRecords.Key(start.Key).ToString()), $"run 'qblogin' as {start.User}")
            : new LogonRequest(domain, settings.Text("proxy_password"), settings.ProxyAccount, SealedFor.Proxy, ProxyRemedy);
    }

    /// <summary>Why there is no password to log on with, one sentence; null when there is one or none is needed.</summary>
    public static string? Problem(Wire.Start start, WorkerFacts facts, WorkerSettings settings)
    {
        if (!facts.NeedsPasswords)
        {
            return null;
        }

        if (settings.RunsAsSubmitter)
        {
            return start.Credential is null ? $"account '{start.User}' on host '{facts.Name}' cannot be logged on: its password is not registered with the supervisor: run 'qblogin' as {start.User}"
                : start.Credential.Password.Length == 0 ? start.Credential.Problem
                : null;
        }

        // Of a managed service account the system has the password.
        return settings.Text("proxy_password").Length == 0 && !settings.ProxyAccount.EndsWith('$')
            ? $"account '{settings.ProxyAccount}' on host '{facts.Name}' cannot be logged on: there is no password of it: {ProxyRemedy}"
            : null;
    }

    /// <summary>A domain that was registered with the password counts before the host's.</summary>
    private static string DomainOf(Wire.Credential? credential, string domain)
        => credential?.Account.IndexOf('\\', StringComparison.Ordinal) is > 0 and var at ? credential.Account[..at] : domain;
}
