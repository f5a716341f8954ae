namespace Quern.Execution.Runs;

/// <summary>One run of one instance on this machine. <paramref name="Run"/> counts the instance's dispatches from 1. Prints as <c>12.0#3</c>.</summary>
public readonly record struct RunKey(long Job, int Sub, int Run)
{
    public override string ToString() => $"{Job}.{Sub}#{Run}";
}

/// <summary>An agenda item handed to a run: index, attempt (from 1), name and, for frames, the tokens' values.</summary>
public readonly record struct ItemLease(int Item, int Attempt, string Name, bool IsFrame, long Start, long End, long Step)
{
    private readonly string? _package;

    /// <summary>JSON object of the item's own, for an application; empty = it has none.</summary>
    public string Package { get => _package ?? ""; init => _package = value.Length == 0 ? null : value; }
}
