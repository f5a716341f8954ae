namespace Quern.Execution.Runs;

/// <summary>
/// The runs of one worker: starts them, passes orders, keeps their journals. The worker's core drives it; the simulation has its own.
/// Not thread-safe: the worker's loop owns it. Nothing here throws for what a job, an account or a disk can do: it ends in the run's journal.
/// </summary>
public interface IRunHost
{
    /// <summary>Everything found at start: living runs taken back or still waited for, and ended ones whose journal is still here. Called once, first.</summary>
    IReadOnlyList<HeldRun> Recover();

    /// <summary>Begins a run. A key that is already here changes nothing. A refusal (bad login, no disk) is a journal whose last record says so.</summary>
    void Start(Launch launch);

    /// <summary>
    /// A run the worker itself will not start (draining, no room): a journal of one record that says why, delivered like any other. A key that is
    /// already here changes nothing.
    /// </summary>
    void Refuse(RunKey key, RunEndCause cause, string text);

    /// <summary>Passes an order to a living run; an ended or unknown one ignores it.</summary>
    void Order(RunKey key, RunOrder order);

    /// <summary>Whole records after <paramref name="position"/>, about <paramref name="maxBytes"/> of them at most (one record at least); empty when there is nothing new.</summary>
    IReadOnlyList<JournalRecord> Read(RunKey key, long position, int maxBytes);

    /// <summary>Everything before <paramref name="position"/> is kept elsewhere: its disk space may be given back.</summary>
    void Discard(RunKey key, long position);

    /// <summary>Ends what still lives of the run and drops its journal and folder.</summary>
    void Forget(RunKey key);

    /// <summary>Something changed since the last call: the runs whose journal grew or that ended. Empty when nothing did.</summary>
    IReadOnlyList<RunKey> TakeChanged();

    /// <summary>The run as it is now; null when it is not here.</summary>
    HeldRun? Find(RunKey key);
}

/// <param name="JournalEnd">Position after the last whole record.</param>
/// <param name="Ended">The last record is there and no process of the run is left.</param>
/// <param name="Held">Items the proxy holds and has not started, as far as this host knows.</param>
/// <param name="Account">The account it was started as; empty when nothing was.</param>
/// <param name="Left">How many items it holds, the running one with them.</param>
/// <param name="IsSuspended">What it runs stands still.</param>
public sealed record HeldRun(RunKey Key, long JournalEnd, bool Ended, IReadOnlyList<ItemLease> Held, int Left, string Account = "", bool IsSuspended = false);
