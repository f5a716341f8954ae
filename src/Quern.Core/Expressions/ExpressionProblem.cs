using Superpower.Model;

namespace Quern.Core.Expressions;

/// <summary>
/// Makes the text that says where and what is wrong with an expression: a sentence, and below it the expression with a mark under the place:
/// <code>
/// at character 1: there is no class 'hots', did you mean 'host.processors'?
///     hots.processors=2
///     ^
/// </code>
/// Whoever wants one line takes the first.
/// </summary>
public static class ExpressionProblem
{
    /// <summary>What the two lines of the excerpt begin with.</summary>
    public const string Indent = "    ";

    private const int ShownBefore = 50;
    private const int ShownAfter = 30;
    private const string Cut = "...";

    /// <param name="at">Index of the character in <paramref name="text"/> that is wrong; its length = the end.</param>
    internal static string At(string text, int at, string what)
    {
        var begin = at <= ShownBefore ? 0 : at - ShownBefore;
        var end = Math.Min(text.Length, at + ShownAfter);
        var shown = string.Concat(text[begin..end].Select(letter => char.IsControl(letter) ? ' ' : letter));
        var lead = begin > 0 ? Cut : "";
        var sentence = $"at character {at + 1}: {what}";
        return text.Length == 0 ? sentence : $"{sentence}\n{Indent}{lead}{shown}{(end < text.Length ? Cut : "")}\n{Indent}{new string(' ', lead.Length + at - begin)}^";
    }

    internal static string At<TKind>(string text, Token<TKind> token, string what) => At(text, token.Position.Absolute, what);

    /// <summary>Why the words of an expression do not make one.</summary>
    /// <param name="missing">What it is that belongs where the text ends.</param>
    internal static string Of<TKind, TValue>(string text, TokenListParserResult<TKind, TValue> parsed, string missing)
    {
        var rest = parsed.HasValue ? parsed.Remainder : parsed.Location;
        return rest.IsAtEnd
            ? At(text, text.Length, $"it ends where {missing} belongs")
            : At(text, rest.First(), $"'{rest.First().ToStringValue()}' does not belong there");
    }
}
