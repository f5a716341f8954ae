using Quern.Execution.Rules;
using Quern.Execution.Runs;

namespace Quern.Proxy;

internal enum WorkKind
{
    /// <summary>Checks of an instance before its first item.</summary>
    Opening,

    /// <summary>The command of an item, between its checks.</summary>
    Item,

    /// <summary>The command of a run without agenda, between the checks of the instance.</summary>
    Command,

    /// <summary>An application that is to have no more items, until it has ended.</summary>
    Farewell,

    /// <summary>Checks of an instance after its last item.</summary>
    Closing,
}

/// <summary>
/// What a run does next, step by step: checks before, a command, checks after. The first check that fails skips those left on its side, and before a
/// command the command too; checks after run whatever came before. Source: reference, qube-jobs 10.3.
/// </summary>
internal sealed class Work(WorkKind kind, ItemLease? item, IEnumerable<string> before, IEnumerable<string> after)
{
    internal WorkKind Kind { get; } = kind;
    internal ItemLease? Item { get; } = item;

    /// <summary>An instance's, not an item's.</summary>
    internal bool IsOfInstance => Kind != WorkKind.Item;
    internal Queue<string> Before { get; } = new(before);
    internal Queue<string> After { get; } = new(after);

    /// <summary>There is a command, and it is still to come.</summary>
    internal bool HasCommand { get; set; } = kind is WorkKind.Item or WorkKind.Command;

    /// <summary>The journal knows that it began.</summary>
    internal bool IsStarted { get; set; }

    internal ItemEndCause Cause { get; set; }
    internal CommandExit Exit { get; set; }
    internal string Text { get; set; } = "";
    internal RunVerdict Verdict { get; set; } = RunVerdict.None;
    internal Usage Usage { get; set; }

    /// <summary>What the command's output said.</summary>
    internal Findings Findings { get; } = new();

    internal bool HasFailed => Cause != ItemEndCause.Exited || Exit.Code != 0 || Verdict.Kind != VerdictKind.None;

    /// <summary>What was to come is left out.</summary>
    internal void Abandon()
    {
        SkipBefore();
        After.Clear();
    }

    internal void SkipBefore()
    {
        Before.Clear();
        HasCommand = false;
    }
}
