namespace Quern.Execution.Windows.Logon;

/// <summary>How an account is logged on; values are those of LogonUserW (LOGON32_LOGON_...).</summary>
public enum LogonKind
{
    Interactive = 2,
    Batch = 4,
    Service = 5,
    NetworkCleartext = 8,
}

/// <summary>What this host allows, its own word; names as Windows writes them. Read anew for each logon.</summary>
public sealed record LogonPolicy
{
    /// <summary>Tried in order; the next one only when the account may not be logged on in this way.</summary>
    public IReadOnlyList<LogonKind> Kinds { get; init; } = [LogonKind.Batch, LogonKind.Interactive];

    public bool LoadsProfile { get; init; } = true;
    public bool AllowsAdministrators { get; init; }
    public IReadOnlyList<string> AllowUsers { get; init; } = [];
    public IReadOnlyList<string> DenyUsers { get; init; } = [];
    public IReadOnlyList<string> AllowGroups { get; init; } = [];
    public IReadOnlyList<string> DenyGroups { get; init; } = [];

    /// <summary>As <see cref="KindsOf"/> reads them.</summary>
    internal static string TextOf(IEnumerable<LogonKind> kinds) => string.Join(", ", kinds.Select(kind => kind == LogonKind.NetworkCleartext ? "network_cleartext" : kind.ToString().ToLowerInvariant()));

    /// <summary>The value of proxy_logon_type.</summary>
    public static IReadOnlyList<LogonKind> KindsOf(string text) => [.. text.Split(',').Select(word => word switch
    {
        "interactive" => LogonKind.Interactive,
        "network_cleartext" => LogonKind.NetworkCleartext,
        _ => LogonKind.Batch,
    })];
}
