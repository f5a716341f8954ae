using Quern.Execution.Accounts;
using Quern.Execution.Runs;

namespace Quern.Execution.Control;

/// <summary>What the proxy gets beside the launch itself.</summary>
/// <param name="Account">Resolved and checked by the worker; the proxy checks it again.</param>
/// <param name="Secret">32 random bytes that prove this proxy to a later worker.</param>
/// <param name="KnockPath">Socket of the worker; '@' in front = abstract; empty = the run ends with the worker.</param>
/// <param name="CgroupPath">Directory to join before the drop; empty = none.</param>
/// <param name="TemporaryFolder">The run's own, made by the proxy as the account and removed by it; the worker knows it for what a killed proxy leaves.</param>
/// <param name="LimitGroups">Directories of v1 hierarchies to join as well.</param>
/// <param name="Marker">Value of QUERN_RUN: the run's key and this worker's own id, so that two farms on a machine never end each other's.</param>
internal sealed record LaunchEnvelope(Launch Launch, Account Account, byte[] Secret, string KnockPath, string CgroupPath, string Marker, LaunchGuard Guard, string TemporaryFolder, IReadOnlyList<string> LimitGroups)
{
    /// <summary>Home folder of the run where the account has none it can enter; beside the temporary folder and removed like it.</summary>
    internal string PrivateHome => TemporaryFolder + "-home";
}

/// <summary>What the proxy checks once more before it becomes the account: the policy of this machine as numbers.</summary>
/// <param name="MinUid">0 for the proxy account.</param>
/// <param name="DeniedGroups">Groups no account of a job may hold.</param>
/// <param name="AllowsSetuid">Neither no_new_privs nor an empty bounding set.</param>
/// <param name="RequiresHome">Without a home folder nothing is started.</param>
internal sealed record LaunchGuard(uint MinUid, IReadOnlyList<uint> DeniedGroups, bool AllowsSetuid, bool RequiresHome)
{
    internal static LaunchGuard None { get; } = new(0, [], false, false);
}
