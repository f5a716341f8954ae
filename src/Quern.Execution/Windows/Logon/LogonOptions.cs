using System.Runtime.Versioning;
using Quern.Execution.Runs;
using Quern.Execution.Windows.Secrets;
using Quern.Secrets;

namespace Quern.Execution.Windows.Logon;

/// <summary>What the logons of a worker's runs need.</summary>
public sealed record LogonOptions
{
    /// <summary>Opens what the supervisor sealed for this worker.</summary>
    public required SealingKey Key { get; init; }

    /// <summary>Where passwords lie that DPAPI protects; LocalSystem's and administrators' alone.</summary>
    public required string PasswordFolder { get; init; }

    /// <summary>Read anew for each logon.</summary>
    public required Func<LogonPolicy> Policy { get; init; }

    /// <summary>Logs the account of a launch on, on this host.</summary>
    [SupportedOSPlatform("windows")]
    internal Func<Launch, LogonResult> Open(TimeProvider time)
        => new AccountLogon(new WindowsAccounts(), new PasswordSource(Key, [new LsaPasswords(), new ProtectedFiles(PasswordFolder)]), Policy, time).LogOn;
}
