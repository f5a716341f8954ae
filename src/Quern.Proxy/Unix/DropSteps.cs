using Quern.Execution.Control;
using Quern.Execution.Native;
using Quern.Execution.Runs;

namespace Quern.Proxy.Unix;

/// <summary>What the ways from root to the account have in common: the policy, which is checked again here, and how a step that failed is said.</summary>
internal static class DropSteps
{
    /// <summary>Whoever asked, with whatever error in between: these are never taken on.</summary>
    internal static RunEnded? Policy(LaunchEnvelope envelope)
    {
        var (account, guard) = (envelope.Account, envelope.Guard);
        if (account.Uid is 0 or uint.MaxValue || account.Gid is 0 or uint.MaxValue || account.Groups.Contains(0u) || account.Name == "root")
        {
            return BadLogin(envelope, "policy", $"uid {account.Uid}, gid {account.Gid} are root's");
        }

        if (account.Uid < guard.MinUid)
        {
            return BadLogin(envelope, "policy", $"its uid {account.Uid} is below worker_min_uid = {guard.MinUid}");
        }

        return account.Groups.Intersect(guard.DeniedGroups).Select(group => (uint?)group).FirstOrDefault() is { } denied
            ? BadLogin(envelope, "policy", $"it is in group {denied}, which this machine denies")
            : null;
    }

    internal static RunEnded? Failed(LaunchEnvelope envelope, string step, int result)
    {
        var error = Errno.Last;
        return result == 0 ? null : BadLogin(envelope, step, Errno.Text(error));
    }

    internal static RunEnded BadLogin(LaunchEnvelope envelope, string step, string cause) => new(RunEndCause.BadLogin, 0, 0,
        $"account '{envelope.Account.Name}' on host '{Environment.MachineName}' cannot be taken on (step {step}): {cause}: see that the worker runs as full root and start the instance again");

    internal static RunEnded? Refused(LaunchEnvelope envelope, string step, int result)
    {
        var error = Errno.Last;
        return result == 0
            ? null
            : new RunEnded(RunEndCause.Refused, 0, 0,
                $"the run could not be prepared on host '{Environment.MachineName}' for account '{envelope.Account.Name}' (step {step}): {Errno.Text(error)}: see that the worker runs as full root");
    }
}
