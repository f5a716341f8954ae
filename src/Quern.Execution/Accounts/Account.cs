namespace Quern.Execution.Accounts;

/// <summary>An account of this host as its name service gave it.</summary>
/// <param name="Groups">All groups of the account, its primary one too, and no other.</param>
public sealed record Account(string Name, uint Uid, uint Gid, IReadOnlyList<uint> Groups, string Home, string Shell);

/// <summary>Whether a job may run as an account here.</summary>
public abstract record AccountResult;

/// <param name="Warning">One line when the account is root by a detour and the policy only warns; else empty.</param>
public sealed record AccountGranted(Account Account, string Warning) : AccountResult;

/// <param name="Text">One line: the account, the host, the cause and the remedy.</param>
public sealed record AccountRefused(string Text) : AccountResult;
