using System.Text.RegularExpressions;

namespace Quern.Configuration;

/// <summary>
/// Whether a setting can be a place in the cluster tree (<c>/show/comp</c>) or a restriction to some (<c>/show/+ || /test</c>), so that a host with a wrong one says so
/// before it joins. The supervisor reads what fits: Quern.Core, ClusterGrammar.
/// </summary>
internal static partial class ClusterText
{
    /// <returns>Null when it fits, else what is wrong, one line.</returns>
    public static string? CheckPath(string text)
        => PathForm().IsMatch(text) ? null : $"'{SettingDefinition.Quote(text)}' is no place in the cluster tree: write it as /show/comp, beginning with '/', without blanks and without , + * |";

    /// <summary>Empty = any cluster.</summary>
    /// <returns>Null when it fits, else what is wrong, one line.</returns>
    public static string? CheckRestriction(string text)
    {
        if (text.Trim().Length == 0)
        {
            return null;
        }

        var wrong = Between().Split(text).FirstOrDefault(place => !PlaceForm().IsMatch(place));
        return wrong is null ? null : $"'{SettingDefinition.Quote(wrong.Trim())}' is no place in the cluster tree: write /show (it alone), /show/* (one level below) or /show/+ (it and everything below), several with || between";
    }

    [GeneratedRegex(@"\A(/|(/[^/,+*|\s\p{Cc}]+)+/?)\z", RegexOptions.CultureInvariant)]
    private static partial Regex PathForm();

    [GeneratedRegex(@"\A\s*(/|(/[^/,+*|\s\p{Cc}]+)+/?)\s*[+*]?\s*\z", RegexOptions.CultureInvariant)]
    private static partial Regex PlaceForm();

    [GeneratedRegex(@"\|\||\s+or\s+", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Between();
}
