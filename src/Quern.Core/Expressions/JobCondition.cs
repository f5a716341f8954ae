using Quern.Core.Jobs;

namespace Quern.Core.Expressions;

/// <summary>
/// A condition on jobs, in the language of <see cref="Requirement"/>; operands need no <c>job.</c> before them: <c>priority &lt;= 100 &amp;&amp; (status=failed || status=killed)</c>.
/// A value. Source: reference, qube-jobs 11.1.
/// </summary>
public sealed class JobCondition
{
    private readonly ExpressionNode _root;

    private JobCondition(string text, ExpressionNode root) => (Text, _root) = (text, root);

    public string Text { get; }

    /// <returns>Null and the sentence that says where and what is wrong; or the condition.</returns>
    public static JobCondition? Parse(string text, out string? refusal)
    {
        var root = Requirement.ReadTree(text, WithOperands, out refusal);
        refusal ??= WrongIn(text, root!);
        return refusal is null ? new JobCondition(text, root!) : null;
    }

    public bool Holds(Job job) => _root.Evaluate(operand => JobOperands.Find(job, operand)).IsTrue;

    /// <summary>The same tree with the bare words that name something of a job as operands.</summary>
    private static ExpressionNode WithOperands(ExpressionNode node) => node switch
    {
        UnaryNode unary => unary with { Inner = WithOperands(unary.Inner) },
        BinaryNode pair => pair with { Left = WithOperands(pair.Left), Right = WithOperands(pair.Right) },
        LiteralNode { IsBare: true, Value.Text: var word } literal when JobOperands.IsBare(word.ToLowerInvariant()) => new OperandNode(JobOperands.Whole(word.ToLowerInvariant()), literal.At),
        _ => node,
    };

    /// <summary>A host's operand, or a word on the left of a comparison that is nothing of a job.</summary>
    private static string? WrongIn(string text, ExpressionNode node) => node switch
    {
        UnaryNode unary => WrongIn(text, unary.Inner),
        OperandNode { Name: var name, At: var at } when HostOperands.IsOne(name) => ExpressionProblem.At(text, at, $"'{name}' is of hosts; a job has {JobOperands.Names}"),
        BinaryNode
        {
            Operator: ExpressionToken.Equal or ExpressionToken.NotEqual or ExpressionToken.Less or ExpressionToken.LessOrEqual or ExpressionToken.Greater or ExpressionToken.GreaterOrEqual,
            Left: LiteralNode { IsBare: true, Value.Text: var word, At: var at },
        } => ExpressionProblem.At(text, at, $"a job has no '{word}'{Spelling.Hint(JobOperands.Whole(word), JobOperands.All)}; it has {JobOperands.Names}"),
        BinaryNode pair => WrongIn(text, pair.Left) ?? WrongIn(text, pair.Right),
        _ => null,
    };
}
