namespace Quern.Execution.Runs;

/// <summary>
/// Everything that decides how a run becomes processes, decided by the worker before anything is started. A value: it holds no handle and reads
/// nothing. It travels to the proxy as data, never as the environment of a privileged process.
/// </summary>
public sealed record Launch
{
    public required RunKey Key { get; init; }

    /// <summary>Account the commands run as, by name. In desktop mode the owner of the worker.</summary>
    public required string Account { get; init; }

    /// <summary>Who submitted.</summary>
    public required string Submitter { get; init; }

    /// <summary>True when <see cref="Account"/> is the configured <c>proxy_account</c>, which may lie below <c>worker_min_uid</c>.</summary>
    public required bool IsProxyAccount { get; init; }

    /// <summary>
    /// True when the account is this slot's alone (<c>proxy_account</c> with <c>{slot}</c>): whatever belongs to it, processes, files in the temporary folders
    /// and System V objects, is a run's that is over, and is ended and removed before and after this one.
    /// </summary>
    public bool IsSlotAccount { get; init; }

    /// <summary>True: no change of identity, the worker's own account; the run ends when the worker does.</summary>
    public required bool IsDesktop { get; init; }

    public required string JobName { get; init; }
    public required string JobType { get; init; }

    /// <summary>The command of a job without agenda, or the template in which QB_FRAME_* tokens are replaced for each item.</summary>
    public required string Command { get; init; }

    /// <summary>Absolute path of the shell, run with <c>-c</c>.</summary>
    public required string Shell { get; init; }

    /// <summary>The job's own variables. HOME, USER, LOGNAME, SHELL, PATH, TMPDIR and LANG are added where the job does not set them, from the account.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>Farm variables (QBJOBID, QBSUBID, QBPGRPID, QB_JOBSLOTS ...); they beat the job's.</summary>
    public required IReadOnlyDictionary<string, string> FarmEnvironment { get; init; }

    /// <summary>Variables the worker gives, below the job's: the session of a desktop worker's owner.</summary>
    public IReadOnlyDictionary<string, string> WorkerEnvironment { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// <see cref="Environment"/> is the submitter's whole environment (<c>export_environment</c>): what belongs to the submitter's account, host or session is
    /// not taken from it, see <see cref="Commands.JobEnvironment.NotExported"/>.
    /// </summary>
    public bool IsEnvironmentExported { get; init; }

    /// <summary>Folder in which the run's private temporary folder is made.</summary>
    public string TemporaryRoot { get; init; } = "/tmp";

    /// <summary>True: the account's login shell reads its files before the first command, and what it exports is taken.</summary>
    public bool IsLogin { get; init; }

    /// <summary>Absolute path of a script that is sourced as the account before the first command; empty = none.</summary>
    public string ProfilePath { get; init; } = "";

    /// <summary>Size of the private screen, as in <c>1920x1080x24</c>; empty = none.</summary>
    public string VirtualScreen { get; init; } = "";

    /// <summary>Windows: shares to connect under drive letters (<c>X:</c>) before the first command, within the run's logon.</summary>
    public IReadOnlyDictionary<string, string> Drives { get; init; } = new Dictionary<string, string>();

    /// <summary>Working directory; where it does not exist for the account, its home, else <c>/</c>.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>0 = 022.</summary>
    public required int Umask { get; init; }

    public required int NiceValue { get; init; }
    public required bool HasAgenda { get; init; }
    public required int Padding { get; init; }
    public required string Range { get; init; }

    /// <summary>Seconds the run may take; 0 = no limit.</summary>
    public required int TimeLimitSeconds { get; init; }

    /// <summary>Seconds one item may take; 0 = no limit.</summary>
    public required int ItemTimeLimitSeconds { get; init; }

    /// <summary>Seconds between TERM and KILL.</summary>
    public required int KillGraceSeconds { get; init; }

    /// <summary>Seconds the proxy waits for a worker to take it back.</summary>
    public required int ReadoptSeconds { get; init; }

    public FlightChecks Checks { get; init; } = FlightChecks.None;

    /// <summary>What serves the items in place of <see cref="Command"/>; null = the command does.</summary>
    public ApplicationPlan? Application { get; init; }

    public OutputReading Reading { get; init; } = OutputReading.None;

    /// <summary>How the account is logged on where that takes a password; null elsewhere.</summary>
    public LogonRequest? Logon { get; init; }

    /// <summary>Items given with the start.</summary>
    public required IReadOnlyList<ItemLease> Items { get; init; }
}
