using System.Text.RegularExpressions;

namespace Quern.Supervisor.Api;

/// <summary>
/// A filter's value: plain text is the whole value; after <c>*</c> or <c>%</c> it is a wildcard pattern (<c>%</c> any run, <c>_</c> one
/// character; <c>*</c> inside works like <c>%</c>); after <c>~</c> a regular expression, matched in time linear in the text.
/// </summary>
internal sealed class TextPattern
{
    private const int Longest = 500;
    private readonly string text;
    private readonly Regex? regex;

    private TextPattern(string text, Regex? regex) => (this.text, this.regex) = (text, regex);

    /// <exception cref="ApiRefusal">The pattern is too long or no regular expression.</exception>
    public static TextPattern? Parse(string? text, string what)
    {
        if (text is null)
        {
            return null;
        }

        if (text.Length > Longest)
        {
            throw ApiRefusal.Bad($"filter {what} is refused: it is longer than {Longest} characters; use a shorter pattern");
        }

        return text switch
        {
            ['~', ..] => new TextPattern(text, Compile(text[1..], what)),
            ['*' or '%', ..] => new TextPattern(text, Compile(FromWildcards(text[1..]), what)),
            _ => new TextPattern(text, null),
        };
    }

    public bool Matches(string value) => regex?.IsMatch(value) ?? string.Equals(text, value, StringComparison.Ordinal);

    private static string FromWildcards(string text) => string.Concat(text.Select(c => c switch
    {
        '%' or '*' => ".*",
        '_' => ".",
        _ => Regex.Escape(c.ToString()),
    }).Prepend("(?s)^").Append("$"));

    private static Regex Compile(string pattern, string what)
    {
        try
        {
            return new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            throw ApiRefusal.Bad($"filter {what} is refused: '{pattern}' is no regular expression that can be matched in linear time; leave out back references and look-around, or use '%' wildcards");
        }
    }
}
