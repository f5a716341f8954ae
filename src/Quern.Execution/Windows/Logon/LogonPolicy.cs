namespace Quern.Execution.Windows.Logon;

/// <summary>What this host allows, its own word; names as Windows writes them. Read anew for each logon.</summary>
internal sealed record LogonPolicy
{
    /// <summary>Tried in order; the next one only when the account may not be logged on in this way.</summary>
    internal IReadOnlyList<LogonKind> Kinds { get; init; } = [LogonKind.Batch, LogonKind.Interactive];

    internal bool LoadsProfile { get; init; } = true;
    internal bool AllowsAdministrators { get; init; }
    internal IReadOnlyList<string> AllowUsers { get; init; } = [];
    internal IReadOnlyList<string> DenyUsers { get; init; } = [];
    internal IReadOnlyList<string> AllowGroups { get; init; } = [];
    internal IReadOnlyList<string> DenyGroups { get; init; } = [];

    /// <summary>As <see cref="KindsOf"/> reads them.</summary>
    internal static string TextOf(IEnumerable<LogonKind> kinds) => string.Join(", ", kinds.Select(kind => kind == LogonKind.NetworkCleartext ? "network_cleartext" : kind.ToString().ToLowerInvariant()));

    /// <summary>The value of proxy_logon_type.</summary>
    internal static IReadOnlyList<LogonKind> KindsOf(string text) => [.. text.Split(',').Select(word => word switch
    {
        "interactive" => LogonKind.Interactive,
        "network_cleartext" => LogonKind.NetworkCleartext,
        _ => LogonKind.Batch,
    })];
}
