namespace Quern.Execution.Windows.Logon;

/// <summary>Accounts that no job runs as, by their SID: names are translated and can be changed. Source: "Well-known SIDs".</summary>
internal static class SidRules
{
    internal const string Administrators = "S-1-5-32-544";
    private const string Authority = "S-1-5-21-";

    /// <summary>Why never, the end of a sentence; null when nothing is against it.</summary>
    internal static string? WhyNever(string sid) => sid switch
    {
        "S-1-5-18" => "is LocalSystem, the system itself",
        "S-1-5-19" => "is LocalService, an account of the system",
        "S-1-5-20" => "is NetworkService, an account of the system",
        _ when IsBuiltIn(sid, 500) => "is the built-in Administrator",
        _ when IsBuiltIn(sid, 501) => "is the built-in Guest",
        _ when IsBuiltIn(sid, 502) => "is the key account of its domain (krbtgt)",
        _ when !sid.StartsWith(Authority, StringComparison.Ordinal) && !sid.StartsWith("S-1-12-1-", StringComparison.Ordinal) => $"is no account of people or jobs ({sid})",
        _ => null,
    };

    /// <summary>The number at the end is the same on every host and in every domain.</summary>
    private static bool IsBuiltIn(string sid, int number) => sid.StartsWith(Authority, StringComparison.Ordinal) && sid.EndsWith($"-{number}", StringComparison.Ordinal);
}
