namespace Quern.Core.Expressions;

/// <summary>A part of a parsed expression.</summary>
internal abstract record ExpressionNode
{
    internal abstract ExpressionValue Evaluate(Func<string, ExpressionValue> operand);
}

/// <param name="IsBare">A word without quotes.</param>
/// <param name="At">Where it stands in the text.</param>
internal sealed record LiteralNode(ExpressionValue Value, bool IsBare, int At) : ExpressionNode
{
    internal override ExpressionValue Evaluate(Func<string, ExpressionValue> operand) => Value;
}

/// <param name="Name">With its prefix, in lower case: <c>host.os</c>.</param>
/// <param name="At">Where it stands in the text.</param>
internal sealed record OperandNode(string Name, int At) : ExpressionNode
{
    internal override ExpressionValue Evaluate(Func<string, ExpressionValue> operand) => operand(Name);
}

internal sealed record UnaryNode(bool IsNot, ExpressionNode Inner) : ExpressionNode
{
    internal override ExpressionValue Evaluate(Func<string, ExpressionValue> operand) =>
        Inner.Evaluate(operand) is var value && IsNot ? ExpressionValue.Of(!value.IsTrue) : new ExpressionValue(-value.Number);
}

internal sealed record BinaryNode(ExpressionToken Operator, ExpressionNode Left, ExpressionNode Right) : ExpressionNode
{
    internal override ExpressionValue Evaluate(Func<string, ExpressionValue> operand)
    {
        var left = Left.Evaluate(operand);
        switch (Operator)
        {
            case ExpressionToken.And or ExpressionToken.Comma:
                return ExpressionValue.Of(left.IsTrue && Right.Evaluate(operand).IsTrue);
            case ExpressionToken.Or:
                return ExpressionValue.Of(left.IsTrue || Right.Evaluate(operand).IsTrue);
        }

        var right = Right.Evaluate(operand);
        return Operator switch
        {
            ExpressionToken.Xor => ExpressionValue.Of(left.IsTrue != right.IsTrue),
            ExpressionToken.Equal => ExpressionValue.Of(left.CompareTo(right) == 0),
            ExpressionToken.NotEqual => ExpressionValue.Of(left.CompareTo(right) != 0),
            ExpressionToken.Less => ExpressionValue.Of(left.CompareTo(right) < 0),
            ExpressionToken.LessOrEqual => ExpressionValue.Of(left.CompareTo(right) <= 0),
            ExpressionToken.Greater => ExpressionValue.Of(left.CompareTo(right) > 0),
            ExpressionToken.GreaterOrEqual => ExpressionValue.Of(left.CompareTo(right) >= 0),
            ExpressionToken.In => ExpressionValue.Of(left.IsIn(right)),
            ExpressionToken.Has => ExpressionValue.Of(right.IsIn(left)),
            ExpressionToken.Add => new ExpressionValue(left.Number + right.Number),
            ExpressionToken.Subtract => new ExpressionValue(left.Number - right.Number),
            ExpressionToken.Multiply => new ExpressionValue(left.Number * right.Number),
            ExpressionToken.Divide => new ExpressionValue(right.Number == 0 ? 0 : left.Number / right.Number),
            ExpressionToken.Modulo => new ExpressionValue(right.Number == 0 ? 0 : left.Number % right.Number),
            ExpressionToken.Minimum => new ExpressionValue(Math.Min(left.Number, right.Number)),
            ExpressionToken.Maximum => new ExpressionValue(Math.Max(left.Number, right.Number)),
            ExpressionToken.BitAnd => new ExpressionValue(Whole(left) & Whole(right)),
            ExpressionToken.BitOr => new ExpressionValue(Whole(left) | Whole(right)),
            ExpressionToken.ShiftLeft => new ExpressionValue(Whole(left) << (int)Math.Clamp(right.Number, 0, 63)),
            ExpressionToken.ShiftRight => new ExpressionValue(Whole(left) >> (int)Math.Clamp(right.Number, 0, 63)),
            _ => throw new InvariantException($"{Operator} joins no two values"),
        };
    }

    private static long Whole(ExpressionValue value) => (long)Math.Clamp(value.Number, long.MinValue, long.MaxValue);
}
