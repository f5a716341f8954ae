using System.Runtime.Versioning;
using Quern.Secrets;

namespace Quern.Execution.Windows.Secrets;

/// <summary>Keeps a password on this host, for <c>qbhash --local</c>.</summary>
public static class LocalPasswords
{
    /// <summary>Keeps it with the Local Security Authority, or protected by DPAPI where that cannot be had.</summary>
    /// <param name="folder">For DPAPI; LocalSystem's and administrators' alone.</param>
    /// <returns>What a setting says: <c>lsa:NAME</c> or <c>dpapi:NAME</c>.</returns>
    /// <exception cref="IOException">Neither takes it; one line.</exception>
    [SupportedOSPlatform("windows")]
    public static string Store(string folder, string name, string account, Secret password)
    {
        try
        {
            return StoredPassword.Store(new LsaPasswords(), name, account, password);
        }
        catch (IOException)
        {
            // A host without a usable authority (Wine is one): what is protected by DPAPI is as good where only administrators can read the folder.
            return StoredPassword.Store(new ProtectedFiles(folder), name, account, password);
        }
    }
}
