using Quern.Execution.Accounts;
using Quern.Execution.Control;
using Quern.Execution.Native;
using Quern.Execution.Runs;

namespace Quern.Execution.Unix;

/// <summary>Which account a launch gets, and what the proxy is told to check again.</summary>
internal sealed unsafe partial class ProxyStarter
{
    private static readonly TimeSpan GroupsKept = TimeSpan.FromMinutes(1);
    private string _deniedKey = "";
    private uint[] _denied = [];
    private long _deniedSince;

    private AccountResult FindAccount(Launch launch, AccountPolicy policy)
    {
        var host = Environment.MachineName;
        var own = LibC.geteuid();
        if (launch.IsDesktop)
        {
            var owner = own == 0 ? null : NameService.Find(own, out _);
            return owner is not null ? new AccountGranted(owner, "") : new AccountRefused(own == 0
                ? $"a desktop worker on host '{host}' runs as root, and no job ever does: start it as the person who logs in"
                : $"the owner of the desktop worker on host '{host}' (uid {own}) has no account there: create one");
        }

        return own == 0
            ? _options.Resolve(launch.Account, policy, launch.IsProxyAccount)
            : new AccountRefused($"account '{AccountName.Shown(launch.Account)}' on host '{host}' cannot be taken on: the service worker does not run as root: start it by the service manager, or use desktop mode");
    }

    private static AccountRefused Overdue(Launch launch) => new(
        $"account '{AccountName.Shown(launch.Account)}' on host '{Environment.MachineName}' could not be looked up within {AccountLookup<AccountResult>.Deadline.TotalSeconds:0} s: the name service or PAM there does not answer; try '{AccountRemedies.LookUp(AccountName.Shown(launch.Account))}'");

    /// <summary>The policy as numbers. On the starter's thread alone.</summary>
    private LaunchGuard Guard(Launch launch, AccountPolicy policy)
    {
        if (launch.IsDesktop)
        {
            return LaunchGuard.None with { RequiresHome = policy.RequiresHome };
        }

        string[] names = [.. policy.DenyGroups, .. policy.PrivilegedGroups == PrivilegedGroups.Deny ? AccountPolicy.RootByDetour : []];
        var key = string.Join(',', names);
        if (key != _deniedKey || _options.Time.GetElapsedTime(_deniedSince) > GroupsKept)
        {
            _denied = [.. names.Select(NameService.GroupId).OfType<uint>()];
            (_deniedKey, _deniedSince) = (key, _options.Time.GetTimestamp());
        }

        return new LaunchGuard(launch.IsProxyAccount ? 0 : policy.MinUid, _denied, policy.AllowsSetuid, policy.RequiresHome);
    }
}
