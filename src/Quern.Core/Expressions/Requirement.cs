namespace Quern.Core.Expressions;

/// <summary>
/// A condition on hosts, in Qube's language: <c>host.worker_mode == 'desktop' and host.memory.avail &gt; 4000</c>. Words without quotes are text;
/// <c>host.</c> and <c>job.</c> begin operands. A value.
/// </summary>
public sealed class Requirement
{
    private const int LongestText = 10_000;
    private const int MostWords = 1000;
    private const int DeepestNesting = 100;
    private readonly ExpressionNode _root;

    private Requirement(string text, ExpressionNode root) => (Text, _root) = (text, root);

    /// <summary>As it was written.</summary>
    public string Text { get; }

    /// <returns>Null and the sentence that says where and what is wrong; or the requirement.</returns>
    public static Requirement? Parse(string text, out string? refusal)
    {
        if (text.Length > LongestText)
        {
            refusal = $"it has {text.Length} characters, at most {LongestText} are allowed; make it shorter";
            return null;
        }

        var words = ExpressionGrammar.Words.TryTokenize(text);
        if (!words.HasValue)
        {
            refusal = Problem(text, words.ErrorPosition.Absolute, "what begins there is no word, number or operator; put text that holds other characters in quotes");
            return null;
        }

        // Each of these may open a level of its own.
        var nesting = words.Value.Count(word => word.Kind is ExpressionToken.Open or ExpressionToken.Not or ExpressionToken.Subtract);
        if (nesting > DeepestNesting || words.Value.Count() > MostWords)
        {
            refusal = $"it has more than {MostWords} words or nests more than {DeepestNesting} levels; make it shorter";
            return null;
        }

        var parsed = ExpressionGrammar.Whole(words.Value);
        if (!parsed.HasValue || !parsed.Remainder.IsAtEnd)
        {
            var rest = parsed.HasValue ? parsed.Remainder : parsed.Location;
            refusal = rest.IsAtEnd
                ? Problem(text, text.Length, "it ends where a value belongs")
                : Problem(text, rest.First().Position.Absolute, $"'{rest.First().ToStringValue()}' does not belong there");
            return null;
        }

        refusal = WrongIn(parsed.Value);
        return refusal is null ? new Requirement(text, parsed.Value) : null;
    }

    /// <summary>True when it holds with these values of the operands.</summary>
    public bool Holds(Func<string, ExpressionValue> operand) => _root.Evaluate(operand).IsTrue;

    private static string Problem(string text, int at, string what)
    {
        const int shown = 30;
        var begin = Math.Max(0, at - shown);
        return $"at character {at + 1}: {(begin > 0 ? "..." : "")}{text[begin..at]}>>>{text[at..Math.Min(text.Length, at + shown)]}: {what}";
    }

    /// <summary>What can be read but cannot be meant.</summary>
    private static string? WrongIn(ExpressionNode node) => node switch
    {
        UnaryNode unary => WrongIn(unary.Inner),
        BinaryNode { Operator: ExpressionToken.Subtract or ExpressionToken.Divide or ExpressionToken.Add or ExpressionToken.Multiply or ExpressionToken.Modulo } sum
            when (sum.Left as LiteralNode ?? sum.Right as LiteralNode) is { IsBare: true } word =>
            $"'{word.Value.Text}' is text and cannot be calculated with; put names that hold an operator's character in quotes",
        BinaryNode pair => WrongIn(pair.Left) ?? WrongIn(pair.Right),
        LiteralNode { IsBare: true, Value.Text: var text } when text.Contains('.', StringComparison.Ordinal) && !text.Any(char.IsDigit) =>
            $"'{text}' is no operand; operands begin with host. or job., text with a '.' stands in quotes",
        OperandNode { Name: var name } when JobOperands.IsOne(name) && !JobOperands.IsKnown(name) =>
            $"there is no operand '{name}'; a job has {JobOperands.Names}",
        _ => null,
    };
}
