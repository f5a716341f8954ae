using Quern.Execution.Native;

namespace Quern.Execution.Accounts;

/// <summary>Accounts by uid or name, through the host's name service. Thread-safe.</summary>
public static class AccountNames
{
    /// <summary>The account of a uid; null when it has none.</summary>
    public static Account? Find(uint uid) => NameService.Find(uid, out _);

    /// <summary>The account of a name; null when there is none.</summary>
    public static Account? Find(string name) => NameService.Find(name, out _);

    /// <summary>Effective uid of this process.</summary>
    public static uint OwnUid => LibC.geteuid();

    /// <summary>The account's name; null when the uid has none, or the name service cannot say.</summary>
    public static string? Of(uint uid) => NameService.Find(uid, out _)?.Name;
}
