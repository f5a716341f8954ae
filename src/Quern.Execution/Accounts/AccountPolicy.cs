namespace Quern.Execution.Accounts;

/// <summary>How accounts that are root by a detour (docker, disk, lxd ...) are treated.</summary>
public enum PrivilegedGroups { Warn = 0, Deny = 1 }

/// <summary>Whether expiry and locks are checked.</summary>
public enum AccountCheck { Pam = 0, None = 1 }

/// <summary>Which accounts jobs may run as on this host. Local and final: what the supervisor sends acts within it. An empty allow list allows everybody.</summary>
public sealed record AccountPolicy
{
    /// <summary>Accounts below are refused, but for the configured proxy account.</summary>
    public uint MinUid { get; init; } = UsualMinUid;

    public IReadOnlyList<string> AllowUsers { get; init; } = [];
    public IReadOnlyList<string> DenyUsers { get; init; } = [];
    public IReadOnlyList<string> AllowGroups { get; init; } = [];
    public IReadOnlyList<string> DenyGroups { get; init; } = [];
    public PrivilegedGroups PrivilegedGroups { get; init; } = PrivilegedGroups.Warn;
    public AccountCheck AccountCheck { get; init; } = AccountCheck.Pam;

    /// <summary>While <c>/etc/nologin</c> exists no account is granted.</summary>
    public bool HonorsNologin { get; init; }

    /// <summary>Accounts whose shell is not in <c>/etc/shells</c> are refused. The configured proxy account is not asked: installation gives it none.</summary>
    public bool RequiresShell { get; init; }

    /// <summary>Programs with the set-user-id bit may change who a job is. Off: no_new_privs and an empty bounding set.</summary>
    public bool AllowsSetuid { get; init; }

    /// <summary>An account without a home folder is refused; else its jobs get a private one for as long as they run.</summary>
    public bool RequiresHome { get; init; }

    /// <summary>Accounts of the farm itself; a job as one of them could change the farm.</summary>
    public IReadOnlyList<string> ForbiddenUsers { get; init; } = ["quern-supervisor"];

    /// <summary>Groups whose members are root by a detour.</summary>
    public static IReadOnlyList<string> RootByDetour { get; } = OperatingSystem.IsMacOS()
        ? ["admin", "wheel", "kmem"]
        : ["docker", "disk", "lxd", "incus-admin", "libvirt", "shadow", "sudo", "wheel", "kmem"];

    /// <summary>The first uid that a system gives to a person.</summary>
    private static uint UsualMinUid => OperatingSystem.IsMacOS() ? 501u : 1000u;
}
