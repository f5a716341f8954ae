namespace Quern.Core.Expressions;

/// <param name="PrefersSmaller">Written with a <c>-</c>; else larger values go first.</param>
/// <param name="Operand">Of hosts, in lower case: <c>host.memory.avail</c>.</param>
public readonly record struct HostOrderTerm(bool PrefersSmaller, string Operand)
{
    public override string ToString() => $"{(PrefersSmaller ? '-' : '+')}{Operand}";
}

/// <summary>
/// Which of the hosts that may run a job is filled first: <c>+host.memory.avail,-host.processors.used</c>; the first term decides, then the second.
/// A value. Source: reference, qube-jobs 11.4.
/// </summary>
public sealed class HostOrder
{
    internal HostOrder(IReadOnlyList<HostOrderTerm> terms) => (Terms, Text) = (terms, string.Join(',', terms));

    public string Text { get; }

    public IReadOnlyList<HostOrderTerm> Terms { get; }

    /// <returns>Null and the sentence that says where and what is wrong; or the order.</returns>
    public static HostOrder? Parse(string text, out string? refusal) => HostOrderGrammar.Read(text, out refusal);

    public override string ToString() => Text;
}
