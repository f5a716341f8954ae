using System.Globalization;
using Quern.Execution.Accounts;
using Quern.Execution.Runs;
using Quern.Execution.Windows.Logon;
using Quern.Secrets;
using Quern.Worker.Core;

namespace Quern.Worker;

/// <summary>From settings to the run host of this system.</summary>
internal static class RunHosts
{
    /// <summary>In the worker's folder.</summary>
    public const string PasswordFolder = "passwords";

    /// <summary>Qube's page gives names and no numbers; a mask counts in the order of its names.</summary>
    private const uint LoadProfileBit = 16;

    /// <param name="key">Opens passwords that were sealed for this worker; null where it needs none.</param>
    public static RunHost Open(string folder, LocalSettings settings, string knockPath, SealingKey? key, WorkerLog log, TimeProvider clock)
    {
        return new RunHost(new RunHostOptions
        {
            StateFolder = folder,
            ProxyPath = ProxyPath(settings.Values),
            KnockPath = knockPath,
            Policy = () => Policy(settings.Values),
            Containment = Containment(settings.Values),
            Limits = () => new RunLimits(settings.Values.Number("worker_instance_memory_mb") * 1024L * 1024, settings.Values.Number("worker_instance_processes")),
            Logons = key is null ? null : new LogonOptions { Key = key, PasswordFolder = Path.Combine(folder, PasswordFolder), Policy = () => LogonPolicy(settings.Values) },
            Log = log.Info,
            Time = clock,
        });
    }

    /// <summary>What is local and final of it is so by its settings.</summary>
    public static LogonPolicy LogonPolicy(WorkerSettings settings) => new()
    {
        Kinds = Execution.Windows.Logon.LogonPolicy.KindsOf(settings.Text("proxy_logon_type")),
        LoadsProfile = HasFlag(settings.Text("worker_flags"), "load_profile", LoadProfileBit),
        AllowsAdministrators = settings.Text("worker_allow_administrators") == "yes",
        AllowUsers = settings.List("worker_allow_users"),
        DenyUsers = settings.List("worker_deny_users"),
        AllowGroups = settings.List("worker_allow_groups"),
        DenyGroups = settings.List("worker_deny_groups"),
    };

    /// <summary>Flags are names or a mask, as Qube has them.</summary>
    internal static bool HasFlag(string flags, string name, uint bit)
        => uint.TryParse(flags, NumberStyles.None, CultureInfo.InvariantCulture, out var mask) ? (mask & bit) != 0 : flags.Split(',').Contains(name);

    public static string ProxyPath(WorkerSettings settings) =>
        settings.Text("proxy_location") is { Length: > 0 } set ? set : Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "quern-proxy.exe" : "quern-proxy");

    public static ContainmentRule Containment(WorkerSettings settings) => settings.Text("worker_containment") == "require" ? ContainmentRule.Require : ContainmentRule.Prefer;

    /// <summary>Local and final; the central layer has no part in it.</summary>
    public static AccountPolicy Policy(WorkerSettings settings) => new()
    {
        MinUid = (uint)settings.Number("worker_min_uid"),
        AllowUsers = settings.List("worker_allow_users"),
        DenyUsers = settings.List("worker_deny_users"),
        AllowGroups = settings.List("worker_allow_groups"),
        DenyGroups = settings.List("worker_deny_groups"),
        AccountCheck = settings.Text("worker_account_check") == "none" ? AccountCheck.None : AccountCheck.Pam,
        PrivilegedGroups = settings.Text("worker_privileged_groups") == "deny" ? PrivilegedGroups.Deny : PrivilegedGroups.Warn,
        AllowsSetuid = settings.Text("worker_allow_setuid") == "yes",
        RequiresHome = settings.Text("worker_home_missing") == "refuse",
        HonorsNologin = settings.Text("worker_honor_nologin") == "yes",
        RequiresShell = settings.Text("worker_require_shell") == "yes",
    };

    /// <summary>The account a launch would get; in desktop mode the owner's as it is.</summary>
    public static AccountResult Find(Launch launch, WorkerSettings settings) =>
        OperatingSystem.IsWindows() ? new AccountRefused($"what account '{launch.Account}' gives a job is known on Windows when it has logged on: submit 'set' to this host")
        : launch.IsDesktop && AccountNames.Find(HostFacts.Uid()) is { } owner
            ? new AccountGranted(owner, "")
            : AccountResolver.Resolve(launch.Account, Policy(settings), launch.IsProxyAccount);

    /// <summary>Account name of a uid through the host's name service; null when it has none.</summary>
    public static string? AccountNameOf(uint uid) => OperatingSystem.IsWindows() ? null : AccountNames.Of(uid);
}
