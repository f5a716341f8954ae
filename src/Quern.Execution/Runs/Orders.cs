namespace Quern.Execution.Runs;

/// <summary>What the worker tells a living run. Each is safe to hear twice: items are known by index and attempt.</summary>
public abstract record RunOrder;

/// <summary>More items, to be run in order after those already held.</summary>
public sealed record GrantItems(IReadOnlyList<ItemLease> Items) : RunOrder;

/// <summary>Give these back if they have not started.</summary>
public sealed record RecallItems(IReadOnlyList<(int Item, int Attempt)> Items) : RunOrder;

/// <summary>No more items will come: end when those held are done.</summary>
/// <param name="Next">What becomes of the instance, for an application to hear: complete, pending or blocked.</param>
public sealed record FinishRun(string Next = FinishRun.Complete) : RunOrder
{
    public const string Complete = "complete";
}

/// <summary>TERM, grace, KILL on everything the run started; then end. Items not started are released.</summary>
public sealed record KillRun(string Reason, bool WorkerStopping) : RunOrder;

/// <summary>Everything the run started stands still, and its time limits with it. The journal says when it does.</summary>
public sealed record SuspendRun : RunOrder;

public sealed record ResumeRun : RunOrder;

/// <summary>The run has so many slots from now on: what starts next is told.</summary>
public sealed record ResizeRun(int Slots, string Allocations) : RunOrder;

/// <summary>End one running item the same way; the run goes on with the next.</summary>
public sealed record KillItem(int Item, int Attempt, string Reason) : RunOrder;
