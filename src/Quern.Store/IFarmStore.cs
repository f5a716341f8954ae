using Quern.Core;

namespace Quern.Store;

/// <summary>
/// The durable farm. One writer: the supervisor's loop commits one batch at a time. Queries may run beside a commit, on other threads.
/// A commit that fails throws <see cref="StoreException"/> and leaves the state before it; the supervisor then stops.
/// </summary>
public interface IFarmStore : IDisposable
{
    /// <summary>Everything, as of the last commit. Called once, first.</summary>
    FarmRows Load();

    /// <summary>Applies the batch whole and returns when it is durable.</summary>
    void Commit(RowBatch batch);

    /// <summary>History of a job, oldest first, after <paramref name="afterSequence"/>.</summary>
    IReadOnlyList<EventRow> Events(long job, long afterSequence, int limit);
}

/// <summary>The store could not do what it was asked; the text says what, why and what to do.</summary>
public sealed class StoreException(string message, Exception? cause) : Exception(message, cause);
