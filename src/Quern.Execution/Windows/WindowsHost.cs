using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Security.AccessControl;
using System.Security.Principal;
using Microsoft.Win32.SafeHandles;
using Quern.Execution.Windows.Native;

namespace Quern.Execution.Windows;

/// <summary>What Windows says of itself and of this program. Thread-safe.</summary>
[SupportedOSPlatform("windows")]
public static unsafe class WindowsHost
{
    /// <summary>
    /// What a service worker needs (Source: CreateProcessAsUserW, LoadUserProfileW, ImpersonateNamedPipeClient; Win32 API reference): to give a process another
    /// account's token and a quota, to load that account's profile, and to act as a caller.
    /// </summary>
    private static readonly string[] Needed = ["SeAssignPrimaryTokenPrivilege", "SeIncreaseQuotaPrivilege", "SeBackupPrivilege", "SeRestorePrivilege", "SeImpersonatePrivilege"];

    private static readonly WellKnownSidType[] Trusted = [WellKnownSidType.LocalSystemSid, WellKnownSidType.BuiltinAdministratorsSid, WellKnownSidType.CreatorOwnerSid];

    /// <summary>NT SERVICE\TrustedInstaller, who owns the folders of the system and of programs.</summary>
    private const string Installer = "S-1-5-80-956008885-";

    /// <summary>This program is the system itself.</summary>
    public static bool IsSystem
    {
        get
        {
            using var own = WindowsIdentity.GetCurrent();
            return own.IsSystem;
        }
    }

    /// <summary>The account of this program.</summary>
    public static SecurityIdentifier? Own
    {
        get
        {
            using var own = WindowsIdentity.GetCurrent();
            return own.User;
        }
    }

    /// <summary>Enables the privileges of a service worker. Returns the names of those that it does not hold.</summary>
    public static IReadOnlyList<string> EnablePrivileges()
    {
        nint token;
        if (!Advapi32.OpenProcessToken(-1, Advapi32.TOKEN_QUERY | Advapi32.TOKEN_ADJUST_PRIVILEGES, &token))
        {
            return Needed;
        }

        using var own = new SafeAccessTokenHandle(token);
        return [.. Needed.Where(name => !Enable(own.DangerousGetHandle(), name))];
    }

    /// <summary>Gives up the console, whose window closes when nobody else uses it.</summary>
    public static void LeaveConsole() => _ = Kernel32.FreeConsole();

    /// <summary>Memory that could be had now; 0 where it cannot be told.</summary>
    public static long AvailableMemoryBytes() => (long)MemoryStatus().ullAvailPhys;

    /// <summary>Size of the page files: what may be promised in all, without the memory. 0 where it cannot be told.</summary>
    public static long PageFileBytes()
    {
        var status = MemoryStatus();
        return Math.Max(0, (long)status.ullTotalPageFile - (long)status.ullTotalPhys);
    }

    /// <summary>What of them may still be promised, whatever of it is written; 0 where it cannot be told.</summary>
    public static long FreePageFileBytes() => Math.Min(PageFileBytes(), (long)MemoryStatus().ullAvailPageFile);

    /// <summary>All 0 where it cannot be told.</summary>
    private static Kernel32.MEMORYSTATUSEX MemoryStatus()
    {
        var status = new Kernel32.MEMORYSTATUSEX { dwLength = (uint)sizeof(Kernel32.MEMORYSTATUSEX) };
        return Kernel32.GlobalMemoryStatusEx(&status) ? status : default;
    }

    /// <summary>Whole minutes since somebody of this session touched keyboard or mouse; null where it cannot be told, as for a service, which has no such session.</summary>
    public static int? IdleMinutes()
    {
        const int msPerMinute = 60_000;
        var last = new User32.LASTINPUTINFO { cbSize = (uint)sizeof(User32.LASTINPUTINFO) };
        return !IsSystem && User32.GetLastInputInfo(&last) ? (int)((uint)Environment.TickCount - last.dwTime) / msPerMinute : null;
    }

    /// <summary>Why somebody but the system and administrators could change the file that says who jobs run as; null when nobody can.</summary>
    public static string? PolicyProblem(string path) => WhoElseChanges(path) is not { } other ? null
        : $"the settings '{path}' say who jobs run as and can be changed by {other}: close them with 'icacls \"{path}\" /inheritance:r /grant *S-1-5-18:F *S-1-5-32-544:F'";

    /// <summary>Who beside the system, administrators and, with <paramref name="trusted"/>, that account could change a file or folder; null = nobody.</summary>
    public static string? WhoElseChanges(string path, SecurityIdentifier? trusted = null)
    {
        const FileSystemRights changing = FileSystemRights.WriteData | FileSystemRights.AppendData | FileSystemRights.Delete | FileSystemRights.ChangePermissions | FileSystemRights.TakeOwnership;
        FileSystemSecurity security = Directory.Exists(path) ? new DirectoryInfo(path).GetAccessControl() : new FileInfo(path).GetAccessControl();
        var rules = security.GetAccessRules(includeExplicit: true, includeInherited: true, typeof(SecurityIdentifier));
        var other = rules.Cast<FileSystemAccessRule>().FirstOrDefault(rule => rule.AccessControlType == AccessControlType.Allow && (rule.FileSystemRights & changing) != 0
            && rule.IdentityReference is SecurityIdentifier account && account != trusted && !Array.Exists(Trusted, account.IsWellKnown) && !account.Value.StartsWith(Installer, StringComparison.Ordinal));
        return other?.IdentityReference.Value;
    }

    private static bool Enable(nint token, string name)
    {
        ulong luid;
        if (!Advapi32.LookupPrivilegeValue(null, name, &luid))
        {
            return false;
        }

        var wanted = new Advapi32.TOKEN_PRIVILEGE { PrivilegeCount = 1, LuidLow = (uint)luid, LuidHigh = (int)(luid >> 32), Attributes = Advapi32.SE_PRIVILEGE_ENABLED };

        // It succeeds also when nothing was enabled, and then says so by the error.
        return Advapi32.AdjustTokenPrivileges(token, 0, &wanted, 0, 0, 0) && Marshal.GetLastPInvokeError() != Advapi32.ERROR_NOT_ALL_ASSIGNED;
    }
}
