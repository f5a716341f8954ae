using Superpower;
using Superpower.Model;
using Superpower.Parsers;
using Superpower.Tokenizers;

namespace Quern.Core.Expressions;

internal enum ExpressionToken
{
    None, Name, Number, Text, Open, Close, Comma, And, Or, Xor, Not, Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual, In, Has, Add, Subtract,
    Multiply, Divide, Modulo, Minimum, Maximum, BitAnd, BitOr, ShiftLeft, ShiftRight,
}

/// <summary>
/// Words and structure of an expression; what binds tighter stands further down: a comma (as "and"), or, xor, and, |, &amp;, equality, order and lists,
/// shifts, sums, products, not and minus. Qube does not say; this is C's order. Source: reference, qube-jobs 11.1.
/// </summary>
internal static class ExpressionGrammar
{
    private static readonly TextParser<TextSpan> NameWord = Span.MatchedBy(Character.Letter.Or(Character.EqualTo('_')).IgnoreThen(Character.LetterOrDigit.Or(Character.In('_', '.')).IgnoreMany()));

    internal static readonly Tokenizer<ExpressionToken> Words = new TokenizerBuilder<ExpressionToken>()
        .Ignore(Span.WhiteSpace)
        .Match(Character.EqualTo('('), ExpressionToken.Open)
        .Match(Character.EqualTo(')'), ExpressionToken.Close)
        .Match(Character.EqualTo(','), ExpressionToken.Comma)
        .Match(Span.EqualTo("&&"), ExpressionToken.And)
        .Match(Span.EqualTo("||"), ExpressionToken.Or)
        .Match(Span.EqualTo("<<"), ExpressionToken.ShiftLeft)
        .Match(Span.EqualTo(">>"), ExpressionToken.ShiftRight)
        .Match(Span.EqualTo("!=").Try().Or(Span.EqualTo("<>")), ExpressionToken.NotEqual)
        .Match(Span.EqualTo("<="), ExpressionToken.LessOrEqual)
        .Match(Span.EqualTo(">="), ExpressionToken.GreaterOrEqual)
        .Match(Span.EqualTo("==").Try().Or(Span.EqualTo("=")), ExpressionToken.Equal)
        .Match(Character.EqualTo('<'), ExpressionToken.Less)
        .Match(Character.EqualTo('>'), ExpressionToken.Greater)
        .Match(Character.EqualTo('!'), ExpressionToken.Not)
        .Match(Character.EqualTo('^'), ExpressionToken.Xor)
        .Match(Character.EqualTo('&'), ExpressionToken.BitAnd)
        .Match(Character.EqualTo('|'), ExpressionToken.BitOr)
        .Match(Character.EqualTo('+'), ExpressionToken.Add)
        .Match(Character.EqualTo('-'), ExpressionToken.Subtract)
        .Match(Character.EqualTo('*'), ExpressionToken.Multiply)
        .Match(Character.EqualTo('/'), ExpressionToken.Divide)
        .Match(Character.EqualTo('%'), ExpressionToken.Modulo)
        .Match(Word("and"), ExpressionToken.And)
        .Match(Word("or"), ExpressionToken.Or)
        .Match(Word("xor"), ExpressionToken.Xor)
        .Match(Word("not"), ExpressionToken.Not)
        .Match(Word("eq"), ExpressionToken.Equal)
        .Match(Word("ne"), ExpressionToken.NotEqual)
        .Match(Word("lt"), ExpressionToken.Less)
        .Match(Word("le"), ExpressionToken.LessOrEqual)
        .Match(Word("gt"), ExpressionToken.Greater)
        .Match(Word("ge"), ExpressionToken.GreaterOrEqual)
        .Match(Word("in"), ExpressionToken.In)
        .Match(Word("has"), ExpressionToken.Has)
        .Match(Word("add"), ExpressionToken.Add)
        .Match(Word("sub"), ExpressionToken.Subtract)
        .Match(Word("mul"), ExpressionToken.Multiply)
        .Match(Word("div"), ExpressionToken.Divide)
        .Match(Word("mod"), ExpressionToken.Modulo)
        .Match(Word("min"), ExpressionToken.Minimum)
        .Match(Word("max"), ExpressionToken.Maximum)
        .Match(Word("ls"), ExpressionToken.ShiftLeft)
        .Match(Word("rs"), ExpressionToken.ShiftRight)
        .Match(Numerics.Decimal, ExpressionToken.Number, requireDelimiters: true)
        .Match(NameWord, ExpressionToken.Name)
        .Match(Quoted('"'), ExpressionToken.Text)
        .Match(Quoted('\''), ExpressionToken.Text)
        .Build();

    private static readonly TokenListParser<ExpressionToken, ExpressionNode> Value =
        Token.EqualTo(ExpressionToken.Name).Select(Named)
            .Or(Token.EqualTo(ExpressionToken.Number).Select(token => Literal(token, token.ToStringValue(), isBare: false)))
            .Or(Token.EqualTo(ExpressionToken.Text).Select(token => Literal(token, token.ToStringValue()[1..^1], isBare: false)))
            .Or(Parse.Ref(() => Whole!).Between(Token.EqualTo(ExpressionToken.Open), Token.EqualTo(ExpressionToken.Close)))
            .Named("a value");

    private static readonly TokenListParser<ExpressionToken, ExpressionNode> Prefixed =
        Token.EqualTo(ExpressionToken.Not).IgnoreThen(Parse.Ref(() => Prefixed!)).Select(inner => (ExpressionNode)new UnaryNode(IsNot: true, inner))
            .Or(Token.EqualTo(ExpressionToken.Subtract).IgnoreThen(Parse.Ref(() => Prefixed!)).Select(inner => (ExpressionNode)new UnaryNode(IsNot: false, inner)))
            .Or(Value);

    private static readonly TokenListParser<ExpressionToken, ExpressionNode> Joined = Levels(
        Prefixed,
        [ExpressionToken.Multiply, ExpressionToken.Divide, ExpressionToken.Modulo],
        [ExpressionToken.Add, ExpressionToken.Subtract, ExpressionToken.Minimum, ExpressionToken.Maximum],
        [ExpressionToken.ShiftLeft, ExpressionToken.ShiftRight],
        [ExpressionToken.Less, ExpressionToken.LessOrEqual, ExpressionToken.Greater, ExpressionToken.GreaterOrEqual, ExpressionToken.In, ExpressionToken.Has],
        [ExpressionToken.Equal, ExpressionToken.NotEqual],
        [ExpressionToken.BitAnd],
        [ExpressionToken.BitOr],
        [ExpressionToken.And],
        [ExpressionToken.Xor],
        [ExpressionToken.Or]);

    internal static readonly TokenListParser<ExpressionToken, ExpressionNode> Whole = Levels(Joined, [ExpressionToken.Comma]);

    private static TokenListParser<ExpressionToken, ExpressionNode> Levels(TokenListParser<ExpressionToken, ExpressionNode> tightest, params ExpressionToken[][] levels) =>
        levels.Aggregate(tightest, (inner, operators) => Parse.Chain(
            operators.Select(kind => Token.EqualTo(kind)).Aggregate((any, one) => any.Or(one)),
            inner,
            (joint, left, right) => new BinaryNode(joint.Kind, left, right)));

    private static TextParser<TextSpan> Word(string word) => input =>
        NameWord(input) is { HasValue: true } found && found.Value.EqualsValueIgnoreCase(word) ? found : Result.Empty<TextSpan>(input);

    private static TextParser<TextSpan> Quoted(char quote) => Span.MatchedBy(Character.EqualTo(quote).IgnoreThen(Character.Except(quote).IgnoreMany()).IgnoreThen(Character.EqualTo(quote)));

    private static ExpressionNode Named(Token<ExpressionToken> token)
    {
        var name = token.ToStringValue();
        var operand = name.ToLowerInvariant();
        return HostOperands.IsOne(operand) || JobOperands.IsOne(operand)
            ? new OperandNode(operand, token.Position.Absolute)
            : Literal(token, name, isBare: true);
    }

    private static ExpressionNode Literal(Token<ExpressionToken> token, string text, bool isBare) => new LiteralNode(new ExpressionValue(text), isBare, token.Position.Absolute);
}
