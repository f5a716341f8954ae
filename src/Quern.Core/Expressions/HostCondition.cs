using Quern.Core.Workers;

namespace Quern.Core.Expressions;

/// <summary>
/// A condition on hosts, in the language of <see cref="Requirement"/>; a bare word on the left of a comparison is an operand without its <c>host.</c>:
/// <c>memory.avail &gt; 4000 and os=linux</c>. A value. Source: reference, qube-jobs 11.1.
/// </summary>
public sealed class HostCondition
{
    private readonly ExpressionNode _root;

    private HostCondition(string text, ExpressionNode root) => (Text, _root) = (text, root);

    public string Text { get; }

    /// <returns>Null and the sentence that says where and what is wrong; or the condition.</returns>
    public static HostCondition? Parse(string text, out string? refusal)
    {
        var root = Requirement.ReadTree(text, WithOperands, out refusal);
        refusal ??= WrongIn(text, root!);
        return refusal is null ? new HostCondition(text, root!) : null;
    }

    public bool Holds(Worker worker) => _root.Evaluate(operand => HostOperands.Find(worker, operand)).IsTrue;

    private static ExpressionNode WithOperands(ExpressionNode node) => node switch
    {
        UnaryNode unary => unary with { Inner = WithOperands(unary.Inner) },
        BinaryNode { Operator: ExpressionToken.Equal or ExpressionToken.NotEqual or ExpressionToken.Less or ExpressionToken.LessOrEqual or ExpressionToken.Greater or ExpressionToken.GreaterOrEqual,
            Left: LiteralNode { IsBare: true, Value.Text: var word, At: var at } } pair when word.Length > 0 && char.IsLetter(word[0])
            => pair with { Left = new OperandNode(HostOperands.Whole(word.ToLowerInvariant()), at) },
        BinaryNode pair => pair with { Left = WithOperands(pair.Left), Right = WithOperands(pair.Right) },
        _ => node,
    };

    private static string? WrongIn(string text, ExpressionNode node) => node switch
    {
        UnaryNode unary => WrongIn(text, unary.Inner),
        BinaryNode pair => WrongIn(text, pair.Left) ?? WrongIn(text, pair.Right),
        OperandNode { Name: var name, At: var at } when !HostOperands.IsOne(name) => ExpressionProblem.At(text, at, $"'{name}' is of jobs, and hosts are looked for; operands begin with host."),
        _ => null,
    };
}
