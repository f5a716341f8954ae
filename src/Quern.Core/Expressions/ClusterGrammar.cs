using Superpower;
using Superpower.Model;
using Superpower.Parsers;
using Superpower.Tokenizers;

namespace Quern.Core.Expressions;

/// <summary>Step: a slash and the segment behind it. Slash: one with nothing behind it.</summary>
internal enum ClusterToken { None, Step, Slash, Plus, Star, Comma, Or }

/// <summary>
/// Paths of the cluster tree and what is made of them:
/// <code>
/// path        := "/" | step { step } [ "/" ]         step := "/" characters but / , + * | and blanks
/// choice      := path [ "+" ] { "," path [ "+" ] }
/// restriction := place { ( "||" | "or" ) place }     place := path [ "*" | "+" ]
/// </code>
/// Source: reference, qube-jobs 11.3, 12.2.
/// </summary>
internal static class ClusterGrammar
{
    private const int LongestText = 10_000;

    private static readonly Tokenizer<ClusterToken> Words = new TokenizerBuilder<ClusterToken>()
        .Ignore(Span.WhiteSpace)
        .Match(Character.EqualTo('/').IgnoreThen(Character.Matching(IsOfName, "a letter").AtLeastOnce()), ClusterToken.Step)
        .Match(Character.EqualTo('/'), ClusterToken.Slash)
        .Match(Character.EqualTo('+'), ClusterToken.Plus)
        .Match(Character.EqualTo('*'), ClusterToken.Star)
        .Match(Character.EqualTo(','), ClusterToken.Comma)
        .Match(Span.EqualTo("||"), ClusterToken.Or)
        .Match(Span.EqualToIgnoreCase("or"), ClusterToken.Or, requireDelimiters: true)
        .Build();

    private static readonly TokenListParser<ClusterToken, ClusterPath> Path =
        Token.EqualTo(ClusterToken.Step).AtLeastOnce().Then(steps => Token.EqualTo(ClusterToken.Slash).Optional().Value(new ClusterPath([.. steps.Select(step => step.ToStringValue()[1..])])))
            .Or(Token.EqualTo(ClusterToken.Slash).Value(ClusterPath.Root));

    private static readonly TokenListParser<ClusterToken, ClusterChoice.Entry> ChoiceEntry =
        from path in Path
        from plus in Token.EqualTo(ClusterToken.Plus).Optional()
        select new ClusterChoice.Entry(path, plus.HasValue);

    private static readonly TokenListParser<ClusterToken, Restriction.Entry> Place =
        from path in Path
        from reach in Token.EqualTo(ClusterToken.Plus).Or(Token.EqualTo(ClusterToken.Star)).Optional()
        select new Restriction.Entry(path, reach?.Kind switch { ClusterToken.Plus => Restriction.Reach.Below, ClusterToken.Star => Restriction.Reach.Children, _ => Restriction.Reach.Exact });

    internal static readonly TokenListParser<ClusterToken, ClusterPath> WholePath = Path;

    internal static readonly TokenListParser<ClusterToken, ClusterChoice> WholeChoice =
        ChoiceEntry.AtLeastOnceDelimitedBy(Token.EqualTo(ClusterToken.Comma)).Select(entries => new ClusterChoice(entries));

    internal static readonly TokenListParser<ClusterToken, Restriction> WholeRestriction =
        Place.AtLeastOnceDelimitedBy(Token.EqualTo(ClusterToken.Or)).Select(entries => new Restriction(entries));

    internal static T? Read<T>(string text, TokenListParser<ClusterToken, T> parser, out string? refusal)
        where T : class
    {
        if (text.Length > LongestText)
        {
            refusal = $"it has {text.Length} characters, at most {LongestText} are allowed; make it shorter";
            return null;
        }

        var words = Words.TryTokenize(text);
        if (!words.HasValue)
        {
            refusal = Unreadable(text, words.ErrorPosition.Absolute);
            return null;
        }

        var parsed = parser(words.Value);
        refusal = parsed.HasValue && parsed.Remainder.IsAtEnd ? null : ExpressionProblem.Of(text, parsed, "a path, such as /show/comp,");
        return refusal is null ? parsed.Value : null;
    }

    private static string Unreadable(string text, int at)
    {
        var end = at;
        while (end < text.Length && (IsOfName(text[end]) || text[end] == '/'))
        {
            end++;
        }

        return ExpressionProblem.At(text, at, end > at && (at == 0 || !IsOfName(text[at - 1])) ? $"a path begins with '/', did you mean '/{text[at..end]}'?" : "what stands there belongs in no path");
    }

    private static bool IsOfName(char letter) => letter is not ('/' or ',' or '+' or '*' or '|') && !char.IsWhiteSpace(letter) && !char.IsControl(letter);
}
