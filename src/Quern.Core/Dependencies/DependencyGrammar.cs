using Superpower;
using Superpower.Model;
using Superpower.Parsers;
using Superpower.Tokenizers;

namespace Quern.Core.Dependencies;

internal enum DependencyToken { None, And, Or, Info, Term }

/// <summary>
/// <code>
/// dependency := group { "||" group } ;  group := term { ("," | "&amp;&amp;") term } ;  term := JOBID | [ "link-" ] EVENT | "info-" STATE "-" JSON
/// </code>
/// There are no parentheses; a comma is an and. Source: reference/qube-jobs.md 8.
/// </summary>
internal static class DependencyGrammar
{
    internal const string InfoMark = "info-";

    internal static readonly Tokenizer<DependencyToken> Words = new TokenizerBuilder<DependencyToken>()
        .Ignore(Span.WhiteSpace)
        .Match(Span.EqualTo("&&"), DependencyToken.And)
        .Match(Character.EqualTo(','), DependencyToken.And)
        .Match(Span.EqualTo("||"), DependencyToken.Or)
        .Match(InfoText, DependencyToken.Info)
        .Match(TermText, DependencyToken.Term)
        .Build();

    private static readonly TokenListParser<DependencyToken, Token<DependencyToken>> Term =
        Token.EqualTo(DependencyToken.Term).Or(Token.EqualTo(DependencyToken.Info)).Named("a job id or an event");

    private static readonly TokenListParser<DependencyToken, Token<DependencyToken>[]> Group = Term.AtLeastOnceDelimitedBy(Token.EqualTo(DependencyToken.And));

    internal static readonly TokenListParser<DependencyToken, Token<DependencyToken>[][]> Whole = Group.AtLeastOnceDelimitedBy(Token.EqualTo(DependencyToken.Or));

    /// <summary>The JSON of an info term has commas of its own: the term ends with the bracket that closes it.</summary>
    private static Result<TextSpan> InfoText(TextSpan input)
    {
        if (!Span.EqualTo(InfoMark)(input).HasValue)
        {
            return Result.Empty<TextSpan>(input);
        }

        var (depth, inText, isEscaped) = (0, false, false);
        var rest = input;
        for (var next = rest.ConsumeChar(); next.HasValue; next = rest.ConsumeChar())
        {
            var sign = next.Value;
            rest = next.Remainder;
            (inText, isEscaped) = inText ? (isEscaped || sign != '"', !isEscaped && sign == '\\') : (sign == '"' && depth > 0, false);
            depth += inText ? 0 : sign is '{' or '[' ? 1 : sign is '}' or ']' ? -1 : 0;
            if (depth == 0 && sign is '}' or ']')
            {
                return Result.Value(input.Until(rest), input, rest);
            }
        }

        return Result.Empty<TextSpan>(input);
    }

    private static Result<TextSpan> TermText(TextSpan input)
    {
        var rest = input;
        for (var next = rest.ConsumeChar(); next.HasValue; next = rest.ConsumeChar())
        {
            if (next.Value is ',' or '(' or ')' || (next.Value is '&' or '|' && next.Remainder.ConsumeChar() is { HasValue: true } after && after.Value == next.Value))
            {
                break;
            }

            rest = next.Remainder;
        }

        return rest == input || input.Until(rest).ToStringValue().StartsWith(InfoMark, StringComparison.Ordinal)
            ? Result.Empty<TextSpan>(input)
            : Result.Value(input.Until(rest), input, rest);
    }
}
