using Quern.Execution.Commands;
using Quern.Execution.Control;
using Quern.Execution.Native;
using Quern.Execution.Runs;

namespace Quern.Proxy.Unix;

/// <summary>
/// The account's home folder, looked at as the account (root may not see a folder of a file server). Where it cannot be entered the run gets a private one
/// for as long as it lasts, and its log says so unless the account has none on purpose; or nothing is started, when the policy wants that.
/// </summary>
internal static class Home
{
    private const uint OwnersOnly = 0x1C0;

    /// <summary>The home of an account that is made without one, as installation makes the proxy account: that there is none is no news to anybody.</summary>
    private const string Deliberate = "/nonexistent";

    /// <summary>Null with the refusal when there is none and there must be one.</summary>
    /// <param name="notice">A line for the job's log; empty when the home is there.</param>
    internal static LaunchEnvelope? Find(LaunchEnvelope envelope, out string notice, out RunEnded? refusal)
    {
        const int enter = 1;
        (notice, refusal) = ("", null);
        var account = envelope.Account;
        if (LibC.access(account.Home + "/.", enter) == 0)
        {
            return envelope;
        }

        var cause = Errno.Text(Errno.Last);
        if (!envelope.Guard.RequiresHome && LibC.mkdir(envelope.PrivateHome, OwnersOnly) == 0)
        {
            var made = envelope.PrivateHome;
            notice = account.Home == Deliberate ? "" : $"quern: the home folder '{account.Home}' of '{account.Name}' cannot be entered here ({cause}): HOME is '{made}' until the instance ends\n";
            return envelope with { Account = account with { Home = made } };
        }

        refusal = new RunEnded(RunEndCause.BadLogin, 0, 0,
            $"account '{account.Name}' on host '{Environment.MachineName}' has no home folder it can enter: '{account.Home}': {cause}: make it with 'mkhomedir_helper {account.Name}', or set worker_home_missing = private there");
        return null;
    }

    /// <summary>Removes a private home; as the account, so that nothing but its own files can be meant.</summary>
    internal static void Leave(LaunchEnvelope envelope)
    {
        if (envelope.Account.Home == envelope.PrivateHome)
        {
            TreeRemoval.Remove(envelope.PrivateHome);
        }
    }
}
