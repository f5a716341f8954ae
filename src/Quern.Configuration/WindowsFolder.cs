using System.Runtime.Versioning;
using System.Security.AccessControl;
using System.Security.Principal;

namespace Quern.Configuration;

/// <summary>Folders with rights of their own on Windows, where a mode does not say who may.</summary>
[SupportedOSPlatform("windows")]
internal static class WindowsFolder
{
    /// <summary>A private one is open to the system, to administrators and to who makes it, and takes nothing from the folder above.</summary>
    public static void Create(string folder, bool isPrivate)
    {
        if (!isPrivate || Directory.Exists(folder))
        {
            Directory.CreateDirectory(folder);
            return;
        }

        var rights = new DirectorySecurity();
        rights.SetAccessRuleProtection(isProtected: true, preserveInheritance: false);
        using var own = WindowsIdentity.GetCurrent();
        SecurityIdentifier[] allowed = [new(WellKnownSidType.LocalSystemSid, null), new(WellKnownSidType.BuiltinAdministratorsSid, null), .. own.User is { } user ? new[] { user } : []];
        foreach (var account in allowed)
        {
            rights.AddAccessRule(new FileSystemAccessRule(account, FileSystemRights.FullControl, InheritanceFlags.ContainerInherit | InheritanceFlags.ObjectInherit, PropagationFlags.None, AccessControlType.Allow));
        }

        Directory.CreateDirectory(Path.GetDirectoryName(folder)!);
        new DirectoryInfo(folder).Create(rights);
    }
}
