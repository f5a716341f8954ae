using Superpower;
using Superpower.Model;
using Superpower.Parsers;
using Superpower.Tokenizers;

namespace Quern.Core.Triggers;

internal enum TriggerToken { None, Open, Close, And, Or, Event }

/// <summary>
/// <code>
/// trigger := or ;  or := and { "||" and } ;  and := atom { "&amp;&amp;" atom } ;  atom := event | "(" or ")"
/// </code>
/// An event is whatever stands between these signs: its fields are told apart where its labels are known. Source: reference/qube-jobs.md 9.4.
/// </summary>
internal static class TriggerGrammar
{
    internal static readonly Tokenizer<TriggerToken> Words = new TokenizerBuilder<TriggerToken>()
        .Ignore(Span.WhiteSpace)
        .Match(Character.EqualTo('('), TriggerToken.Open)
        .Match(Character.EqualTo(')'), TriggerToken.Close)
        .Match(Span.EqualTo("&&"), TriggerToken.And)
        .Match(Span.EqualTo("||"), TriggerToken.Or)
        .Match(EventText, TriggerToken.Event)
        .Build();

    private static readonly TokenListParser<TriggerToken, TriggerNode> Atom =
        Token.EqualTo(TriggerToken.Event).Select(token => (TriggerNode)new EventNode(token.ToStringValue().TrimEnd(), token.Position.Absolute))
            .Or(Parse.Ref(() => Whole!).Between(Token.EqualTo(TriggerToken.Open), Token.EqualTo(TriggerToken.Close)))
            .Named("an event");

    private static readonly TokenListParser<TriggerToken, TriggerNode> All =
        Parse.Chain(Token.EqualTo(TriggerToken.And), Atom, (_, left, right) => new JointNode(IsAnd: true, left, right));

    internal static readonly TokenListParser<TriggerToken, TriggerNode> Whole =
        Parse.Chain(Token.EqualTo(TriggerToken.Or), All, (_, left, right) => new JointNode(IsAnd: false, left, right));

    private static Result<TextSpan> EventText(TextSpan input)
    {
        var rest = input;
        for (var next = rest.ConsumeChar(); next.HasValue; next = rest.ConsumeChar())
        {
            if (next.Value is '(' or ')' || (next.Value is '&' or '|' && next.Remainder.ConsumeChar() is { HasValue: true } after && after.Value == next.Value))
            {
                break;
            }

            rest = next.Remainder;
        }

        return rest == input ? Result.Empty<TextSpan>(input) : Result.Value(input.Until(rest), input, rest);
    }
}

internal abstract record TriggerNode;

/// <param name="At">Where it begins in the text.</param>
internal sealed record EventNode(string Text, int At) : TriggerNode
{
    /// <summary>Its number among the events of the trigger, from the left.</summary>
    public int Index { get; set; }
}

internal sealed record JointNode(bool IsAnd, TriggerNode Left, TriggerNode Right) : TriggerNode;
