using Quern.Execution.Accounts;
using Quern.Execution.Runs;

namespace Quern.Execution.Control;

/// <summary>What the proxy gets beside the launch itself.</summary>
/// <param name="Account">Resolved and checked by the worker; the proxy refuses uid 0 and gid 0 again.</param>
/// <param name="Secret">32 random bytes that prove this proxy to a later worker.</param>
/// <param name="KnockPath">Socket of the worker; '@' in front = abstract; empty = the run ends with the worker.</param>
/// <param name="CgroupPath">Directory to join before the drop; empty = none.</param>
/// <param name="Marker">Value of QUERN_RUN: the run's key and this worker's own id, so that two farms on a machine never end each other's.</param>
internal sealed record LaunchEnvelope(Launch Launch, Account Account, byte[] Secret, string KnockPath, string CgroupPath, string Marker);
