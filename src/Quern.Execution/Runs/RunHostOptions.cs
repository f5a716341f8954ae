using Quern.Execution.Accounts;
using Quern.Execution.Windows.Logon;

namespace Quern.Execution.Runs;

/// <summary>How processes of a run are kept together.</summary>
public enum ContainmentRule
{
    /// <summary>Control groups where they can be had, else sessions, ancestry and a marker.</summary>
    Prefer = 0,

    /// <summary>A run is refused where there is no control group.</summary>
    Require = 1,

    /// <summary>Never control groups.</summary>
    Without = 2,
}

/// <summary>What all processes of a run together may take; 0 = no limit.</summary>
public readonly record struct RunLimits(long MemoryBytes, int Processes)
{
    public static RunLimits None => default;
}

public sealed record RunHostOptions
{
    /// <summary>The worker's state folder; runs are kept in <c>runs/</c> below it, readable by the worker's account alone.</summary>
    public required string StateFolder { get; init; }

    /// <summary>The quern-proxy program.</summary>
    public required string ProxyPath { get; init; }

    /// <summary>Socket at which proxies of an earlier worker knock; any account must be able to reach it. '@' in front = abstract name. Empty = runs end with the worker.</summary>
    public required string KnockPath { get; init; }

    /// <summary>Read anew for every start, so a change reaches the next run.</summary>
    public Func<AccountPolicy> Policy { get; init; } = static () => new AccountPolicy();

    /// <summary>Resolves a name under the policy; a test puts a name service that hangs in its place.</summary>
    internal Func<string, AccountPolicy, bool, AccountResult> Resolve { get; init; } = AccountResolver.Resolve;

    /// <summary>How accounts are logged on in service mode on Windows; null elsewhere.</summary>
    public LogonOptions? Logons { get; init; }

    /// <summary>A test's own way to log the account of a launch on; the session is the run's. May wait for a domain controller. Not asked in desktop mode.</summary>
    internal Func<Launch, LogonResult>? Logon { get; init; }

    /// <summary>Limits of a run as a whole. Read anew for every start.</summary>
    public Func<RunLimits> Limits { get; init; } = static () => RunLimits.None;

    public ContainmentRule Containment { get; init; } = ContainmentRule.Prefer;

    /// <summary>Control group directory to keep runs in; null = <c>quern/ID</c> below the v2 mount.</summary>
    public string? CgroupRoot { get; init; }

    /// <summary>One line for the worker's log. Called from any thread.</summary>
    public Action<string> Log { get; init; } = static _ => { };

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
