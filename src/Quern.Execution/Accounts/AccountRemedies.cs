namespace Quern.Execution.Accounts;

/// <summary>What an administrator types on this system against a refusal.</summary>
internal static class AccountRemedies
{
    internal static string LookUp(string name) => OperatingSystem.IsMacOS() ? $"dscl /Search -read /Users/{name}" : $"getent passwd {name}";

    internal static string OwnGroup(string name) => OperatingSystem.IsMacOS() ? $"dscl . -create /Users/{name} PrimaryGroupID 20" : "usermod -g";

    internal static string GiveShell(string name) => $"chsh -s /bin/sh {name}";

    internal static string Renew(string name) => OperatingSystem.IsMacOS() ? $"pwpolicy -u {name} -clearaccountpolicies" : $"chage -E -1 {name}";

    internal static string Unlock(string name) => OperatingSystem.IsMacOS() ? $"pwpolicy -u {name} -enableuser" : $"passwd {name}";
}
