using Quern.Execution.Accounts;
using Quern.Execution.Containment;

namespace Quern.Execution.Runs;

/// <summary>What a proxy says it has become, and what the kernel says it is, against what was asked for.</summary>
public sealed partial class RunHost
{
    /// <summary>Once for each run, when its proxy is ready. A difference ends the run at once.</summary>
    private void CheckIdentity(HostedRun run)
    {
        if (run.Ready is not { } ready || run.IsIdentityChecked || run.Envelope is not { } envelope)
        {
            return;
        }

        run.IsIdentityChecked = true;
        var asked = envelope.Account;
        var difference = ready.Uid != asked.Uid || ready.Gid != asked.Gid
            ? $"it says it holds uid {ready.Uid} and gid {ready.Gid}"
            : KernelDifference(run, asked);
        if (difference is null || run.IsGone)
        {
            return;
        }

        run.Mismatch = $"the run on host '{Environment.MachineName}' was to hold account '{asked.Name}' (uid {asked.Uid}, gid {asked.Gid}), but of its quern-proxy {difference}: "
            + "it is ended; install worker and quern-proxy anew and see proxy_location";
        _options.Log($"run {run.Key}: {run.Mismatch}");
        run.Link?.Kill();
        Clear(run, waitMs: 0);
    }

    /// <summary>Null when all four uids and gids and the groups are the account's, or the proxy is already gone.</summary>
    private static string? KernelDifference(HostedRun run, Account asked)
    {
        if (run.ProxyPid <= 0 || ProcessTable.Identity(run.ProxyPid) is not { } held || ProcessTable.Find(run.ProxyPid)?.StartTicks != run.ProxyStartTicks)
        {
            return null;
        }

        return held.Uids.All(uid => uid == asked.Uid) && held.Gids.All(gid => gid == asked.Gid) && held.Groups.Order().SequenceEqual(asked.Groups.Order())
            ? null
            : $"the kernel reports uids {string.Join('/', held.Uids)}, gids {string.Join('/', held.Gids)} and groups {string.Join(' ', held.Groups)}";
    }
}
