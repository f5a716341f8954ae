namespace Quern.Execution.SelfTests;

public enum ProbeStatus { Passed = 0, Failed = 1, NotPossible = 2 }

/// <summary>What one probe found.</summary>
/// <param name="Number">As in docs/identity-tests.md.</param>
/// <param name="Title">What must hold, as a sentence.</param>
/// <param name="Text">What was seen instead, or why it could not be looked at here; empty when it holds.</param>
/// <param name="Remedy">What an administrator does about a failure.</param>
public sealed record ProbeResult(int Number, string Title, ProbeStatus Status, string Text, string Remedy);

/// <param name="NeedsService">Means nothing where the worker runs jobs as its owner.</param>
internal sealed record Probe(int Number, string Title, string Remedy, bool NeedsService, Func<ProbeBench, Task<Finding>> Look);

/// <summary>An answer of a probe: it holds, it does not, or it cannot be looked at here.</summary>
internal readonly record struct Finding(ProbeStatus Status, string Text)
{
    internal static Finding Holds { get; } = new(ProbeStatus.Passed, "");

    internal static Finding Fails(string text) => new(ProbeStatus.Failed, text);

    internal static Finding NotPossible(string why) => new(ProbeStatus.NotPossible, why);

    internal static Finding Expect(bool holds, string otherwise) => holds ? Holds : Fails(otherwise);
}
