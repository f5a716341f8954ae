using Quern.Core.Jobs;
using Quern.Core.Workers;

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

    private Requirement(string text, ExpressionNode root)
    {
        (Text, _root) = (text, root);
        Operands = [.. OperandsIn(root).Distinct(StringComparer.Ordinal)];
        IsOfHostAlone = Operands.Any(HostOperands.IsOfHostAlone);
    }

    /// <summary>As it was written.</summary>
    public string Text { get; }

    /// <summary>What it asks for, each once: <c>host.os</c>, <c>job.id</c>.</summary>
    internal IReadOnlyList<string> Operands { get; }

    /// <summary>It asks for something that hosts do not have in common, or that changes while they run: it is to be asked of each host each time.</summary>
    internal bool IsOfHostAlone { get; }

    /// <returns>Null and the sentence that says where and what is wrong; or the requirement.</returns>
    public static Requirement? Parse(string text, out string? refusal) =>
        ReadTree(text, static node => node, out refusal) is { } root ? new Requirement(text, root) : null;

    /// <param name="meaning">What is made of the tree before it is looked at for what cannot be meant.</param>
    internal static ExpressionNode? ReadTree(string text, Func<ExpressionNode, ExpressionNode> meaning, out string? refusal)
    {
        if (text.Length > LongestText)
        {
            refusal = $"it has {text.Length} characters, at most {LongestText} are allowed; make it shorter";
            return null;
        }

        var words = ExpressionGrammar.Words.TryTokenize(text);
        if (!words.HasValue)
        {
            refusal = ExpressionProblem.At(text, words.ErrorPosition.Absolute, "what begins there is no word, number or operator; put text that holds other characters in quotes");
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
            refusal = ExpressionProblem.Of(text, parsed, "a value");
            return null;
        }

        var root = meaning(parsed.Value);
        refusal = WrongIn(text, root);
        return refusal is null ? root : null;
    }

    /// <summary>True when it holds with these values of the operands.</summary>
    public bool Holds(Func<string, ExpressionValue> operand) => _root.Evaluate(operand).IsTrue;

    /// <summary>True when the host meets what the job asks.</summary>
    internal bool Holds(Job job, Worker worker) => Holds(operand => HostOperands.IsOne(operand) ? HostOperands.Find(worker, operand) : JobOperands.Find(job, operand));

    /// <param name="job">What each of its operands that begin with <c>job.</c> stands for.</param>
    internal bool Holds(IReadOnlyDictionary<string, ExpressionValue> job, Worker worker)
        => Holds(operand => HostOperands.IsOne(operand) ? HostOperands.Find(worker, operand) : job.GetValueOrDefault(operand, ExpressionValue.None));

    private static IEnumerable<string> OperandsIn(ExpressionNode node) => node switch
    {
        OperandNode operand => [operand.Name],
        UnaryNode unary => OperandsIn(unary.Inner),
        BinaryNode pair => OperandsIn(pair.Left).Concat(OperandsIn(pair.Right)),
        _ => [],
    };

    /// <summary>What can be read but cannot be meant.</summary>
    private static string? WrongIn(string text, ExpressionNode node) => node switch
    {
        UnaryNode unary => WrongIn(text, unary.Inner),
        BinaryNode { Operator: ExpressionToken.Subtract or ExpressionToken.Divide or ExpressionToken.Add or ExpressionToken.Multiply or ExpressionToken.Modulo } sum
            when (sum.Left as LiteralNode ?? sum.Right as LiteralNode) is { IsBare: true } word =>
            ExpressionProblem.At(text, word.At, $"'{word.Value.Text}' is text and cannot be calculated with; put names that hold an operator's character in quotes"),
        BinaryNode pair => WrongIn(text, pair.Left) ?? WrongIn(text, pair.Right),
        LiteralNode { IsBare: true, Value.Text: var word } literal when word.Contains('.', StringComparison.Ordinal) && !word.Any(char.IsDigit) =>
            ExpressionProblem.At(text, literal.At, $"'{word}' is no operand{MeantBy(word)}; operands begin with host. or job., text with a '.' stands in quotes"),
        OperandNode { Name: var name } operand when JobOperands.IsOne(name) && !JobOperands.IsKnown(name) =>
            ExpressionProblem.At(text, operand.At, $"there is no operand '{name}'{Spelling.Hint(name, JobOperands.All)}; a job has {JobOperands.Names}"),
        _ => null,
    };

    /// <summary>For a word whose part before the first dot is nearly host or job.</summary>
    private static string MeantBy(string word)
    {
        var dot = word.IndexOf('.', StringComparison.Ordinal);
        return Spelling.Nearest(word[..dot], ["host", "job"]) is { } prefix ? $", did you mean '{prefix}{word[dot..].ToLowerInvariant()}'?" : "";
    }
}
