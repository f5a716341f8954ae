using Quern.Core;

namespace Quern.Store;

/// <summary>
/// The durable farm. One writer: the supervisor's committer. Queries may run beside a commit, on other threads.
/// A commit that fails throws <see cref="StoreException"/> and leaves the state before it; the supervisor then stops.
/// </summary>
public interface IFarmStore : IDisposable
{
    /// <summary>Everything, as of the last commit. Called once, first.</summary>
    FarmRows Load();

    /// <summary>Applies the batches, in order, all or none, and returns when they are durable.</summary>
    void Commit(IReadOnlyList<RowBatch> batches);

    /// <summary>History of a job, oldest first, after <paramref name="afterSequence"/>.</summary>
    IReadOnlyList<EventRow> Events(long job, long afterSequence, int limit);

    /// <summary>Events of the whole farm that <paramref name="query"/> wants, at most <paramref name="limit"/>, oldest first. Looks at a bounded number of them.</summary>
    EventPage Find(EventQuery query, int limit);

    /// <summary>The numbers of the oldest and the newest event, and of the last one before <paramref name="beforeMs"/>.</summary>
    EventSpan Span(long beforeMs);
}
