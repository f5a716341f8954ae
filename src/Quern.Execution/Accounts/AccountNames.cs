namespace Quern.Execution.Accounts;

/// <summary>Names of accounts by uid, through the host's name service. Thread-safe.</summary>
public static class AccountNames
{
    /// <summary>The account's name; null when the uid has none, or the name service cannot say.</summary>
    public static string? Of(uint uid) => NameService.Find(uid, out _)?.Name;
}
