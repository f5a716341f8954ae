using Quern.Core.Jobs;

namespace Quern.Core.Farms;

/// <summary>What a worker is to be told, derived from state; hearing it twice does nothing.</summary>
public abstract record LinkOrder(RunId Run);

/// <param name="Credential">What the worker logs the submitter on with; null where it needs nothing. Its opening is in the history of this turn.</param>
public sealed record StartOrder(RunId Run, Job Job, IReadOnlyList<ItemGrant> Items, CredentialRow? Credential = null) : LinkOrder(Run)
{
    /// <summary>The worker's key, for which the password is sealed again.</summary>
    public string SealingKey { get; init; } = "";

    /// <summary>All that the run holds, as a reservation is written.</summary>
    public string Allocations { get; init; } = "";

    /// <summary>That the run was given.</summary>
    public int Slots { get; init; }
}

public sealed record GrantOrder(RunId Run, Job Job, IReadOnlyList<ItemGrant> Items) : LinkOrder(Run);

public sealed record RecallOrder(RunId Run, IReadOnlyList<ItemGrant> Items) : LinkOrder(Run);

/// <summary>The run has so many slots from now on; its next command is told.</summary>
/// <param name="Allocations">All that it holds, as a reservation is written.</param>
public sealed record ResizeOrder(RunId Run, int Slots, string Allocations) : LinkOrder(Run);

/// <param name="Next">What becomes of the instance.</param>
public sealed record FinishOrder(RunId Run, Status Next = Status.Complete) : LinkOrder(Run);

public sealed record KillOrder(RunId Run, string Reason) : LinkOrder(Run);

/// <summary>Everything the run started stands still, and its time limits with it.</summary>
public sealed record SuspendOrder(RunId Run) : LinkOrder(Run);

public sealed record ResumeOrder(RunId Run) : LinkOrder(Run);

public sealed record KillItemOrder(RunId Run, ItemGrant Item, string Reason) : LinkOrder(Run);

/// <param name="Position">Everything before it is durable, output too.</param>
/// <param name="Counted">Everything before it is durable but for output on its way to the disk.</param>
public sealed record AcknowledgeOrder(RunId Run, long Position, long Counted) : LinkOrder(Run);

public sealed record ForgetOrder(RunId Run) : LinkOrder(Run);

public readonly record struct ItemGrant(int Item, int Attempt);

/// <summary>
/// An order and whom it is for. <paramref name="Connection"/> counts the worker's connections: an order made for an earlier one is not delivered
/// on a later one, because what the worker missed is derived anew there.
/// </summary>
public readonly record struct AddressedOrder(WorkerId Worker, int Connection, LinkOrder Order);

/// <summary>
/// What a turn leaves behind. Rows are committed first; orders, and the replies of the commands of the turn, leave only then. Output goes to the
/// output log at once: it is said to be durable by <see cref="Farm.OutputDurable"/>.
/// </summary>
public sealed record Turn(RowBatch Rows, IReadOnlyList<AddressedOrder> Orders, IReadOnlyList<OutputChunk> Output, IReadOnlyList<RunId> EndedRuns, IReadOnlyList<JobId> ChangedJobs, IReadOnlyList<JobId> RemovedJobs)
{
    /// <summary>Jobs that stay and whose output goes.</summary>
    public IReadOnlyList<JobId> ForgottenOutput { get; init; } = [];

    /// <summary>Workers whose connections end once the orders of the turn are said: they are members no more, or are to come anew.</summary>
    public IReadOnlyList<WorkerId> ClosedLinks { get; init; } = [];

    /// <summary>To be sent once the turn is durable; see <see cref="Farm.Mails"/> for those of earlier turns.</summary>
    public IReadOnlyList<Triggers.OutboxEntry> Mails { get; init; } = [];
    public IReadOnlyList<Triggers.CallbackPost> Posts { get; init; } = [];
}

/// <param name="Position">In the run's journal, after this output.</param>
/// <param name="Item">-1: of the instance itself.</param>
public readonly record struct OutputChunk(RunId Run, long Position, int Item, int Attempt, bool IsError, ReadOnlyMemory<byte> Data)
{
    /// <summary>Position of what is of no journal: a line of the farm's own, appended wherever the file ends.</summary>
    public const long OfTheFarm = 0;
}
