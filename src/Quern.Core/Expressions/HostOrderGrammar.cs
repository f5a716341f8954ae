using Superpower;
using Superpower.Model;
using Superpower.Parsers;
using Superpower.Tokenizers;

namespace Quern.Core.Expressions;

internal enum HostOrderToken { None, Name, Plus, Minus, Comma }

/// <summary>
/// <code>order := [ "+" | "-" ] operand { "," [ "+" | "-" ] operand }</code>
/// Source: reference, qube-jobs 11.4.
/// </summary>
internal static class HostOrderGrammar
{
    private const int LongestText = 10_000;
    private const int MostTerms = 20;
    private const string Prefix = "host.";

    private static readonly Tokenizer<HostOrderToken> Words = new TokenizerBuilder<HostOrderToken>()
        .Ignore(Span.WhiteSpace)
        .Match(Character.EqualTo('+'), HostOrderToken.Plus)
        .Match(Character.EqualTo('-'), HostOrderToken.Minus)
        .Match(Character.EqualTo(','), HostOrderToken.Comma)
        .Match(Character.Letter.Or(Character.EqualTo('_')).IgnoreThen(Character.LetterOrDigit.Or(Character.In('_', '.', '-')).IgnoreMany()), HostOrderToken.Name)
        .Build();

    private static readonly TokenListParser<HostOrderToken, (bool PrefersSmaller, Token<HostOrderToken> Name)[]> Terms = (
        from sign in Token.EqualTo(HostOrderToken.Plus).Or(Token.EqualTo(HostOrderToken.Minus)).Optional()
        from name in Token.EqualTo(HostOrderToken.Name)
        select (sign?.Kind == HostOrderToken.Minus, name)).AtLeastOnceDelimitedBy(Token.EqualTo(HostOrderToken.Comma));

    internal static HostOrder? Read(string text, out string? refusal)
    {
        if (text.Length > LongestText)
        {
            refusal = $"it has {text.Length} characters, at most {LongestText} are allowed; make it shorter";
            return null;
        }

        var words = Words.TryTokenize(text);
        if (!words.HasValue)
        {
            refusal = ExpressionProblem.At(text, words.ErrorPosition.Absolute, "what begins there is no name, '+' or '-'");
            return null;
        }

        var parsed = Terms(words.Value);
        if (!parsed.HasValue || !parsed.Remainder.IsAtEnd)
        {
            refusal = ExpressionProblem.Of(text, parsed, "a property of hosts, such as host.memory.avail,");
            return null;
        }

        refusal = WrongIn(text, parsed.Value);
        return refusal is null ? new HostOrder([.. parsed.Value.Select(term => new HostOrderTerm(term.PrefersSmaller, OperandOf(term.Name)))]) : null;
    }

    private static string? WrongIn(string text, (bool PrefersSmaller, Token<HostOrderToken> Name)[] terms)
    {
        if (terms.Length > MostTerms)
        {
            return ExpressionProblem.At(text, terms[MostTerms].Name, $"it has more than {MostTerms} terms; keep the first ones, they decide");
        }

        foreach (var (_, name) in terms)
        {
            var operand = OperandOf(name);
            if (!operand.StartsWith(Prefix, StringComparison.Ordinal) || operand.Length == Prefix.Length)
            {
                var dot = operand.IndexOf('.', StringComparison.Ordinal);
                var rest = Spelling.Nearest(dot < 0 ? "" : operand[..dot], ["host"]) is null ? operand : operand[(dot + 1)..];
                return ExpressionProblem.At(text, name, $"'{operand}' is no property of hosts, did you mean '{Prefix}{(rest.Length == 0 ? "memory.avail" : rest)}'?");
            }
        }

        return null;
    }

    private static string OperandOf(Token<HostOrderToken> name) => name.ToStringValue().ToLowerInvariant();
}
