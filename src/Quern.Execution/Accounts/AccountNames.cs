namespace Quern.Execution.Accounts;

/// <summary>Names of accounts by uid, through the host's name service. Thread-safe.</summary>
public static class AccountNames
{
    /// <summary>The account's name; null when the uid has none, or the name service cannot say.</summary>
    /// <summary>The account of a uid; null when it has none.</summary>
    public static Account? Find(uint uid) => NameService.Find(uid, out _);

    public static string? Of(uint uid) => NameService.Find(uid, out _)?.Name;
}
