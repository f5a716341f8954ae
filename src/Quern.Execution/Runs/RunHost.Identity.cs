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
            : _system.Difference(run, asked);
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
}
