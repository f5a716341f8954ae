using Quern.Core;

namespace Quern.Store;

/// <summary>
/// The contract without a disk: what was committed is there for the next <see cref="Load"/>, nothing else is. For tests and the simulation.
/// </summary>
public sealed class MemoryStore : IFarmStore
{
    private readonly SortedDictionary<long, JobRow> jobs = [];
    private readonly Dictionary<long, SortedDictionary<int, InstanceRow>> instances = [];
    private readonly Dictionary<long, SortedDictionary<int, ItemRow>> items = [];
    private readonly SortedDictionary<int, WorkerRow> workers = [];
    private readonly SortedDictionary<string, RequestRow> requests = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, SettingRow> settings = new(StringComparer.Ordinal);
    private readonly List<EventRow> events = [];
    private long lastJob;

    /// <summary>When set, the next commit throws it and changes nothing.</summary>
    public StoreException? NextFailure { get; set; }

    public FarmRows Load() => new(
        [.. jobs.Values], [.. instances.OrderBy(pair => pair.Key).SelectMany(pair => pair.Value.Values)],
        [.. items.OrderBy(pair => pair.Key).SelectMany(pair => pair.Value.Values)], [.. workers.Values], [.. requests.Values],
        [.. settings.Values], events.Count == 0 ? 0 : events[^1].Sequence, lastJob);

    public void Commit(IReadOnlyList<RowBatch> batches)
    {
        if (NextFailure is { } failure)
        {
            NextFailure = null;
            throw failure;
        }

        foreach (var batch in batches)
        {
            Apply(batch);
        }
    }

    public IReadOnlyList<EventRow> Events(long job, long afterSequence, int limit)
        => [.. events.Where(row => row.Job == job && row.Sequence > afterSequence).Take(limit)];

    public void Dispose()
    {
    }

    private void Apply(RowBatch batch)
    {
        foreach (var id in batch.RemovedJobs)
        {
            jobs.Remove(id);
            instances.Remove(id);
            items.Remove(id);
        }

        batch.ClearedItems.ForEach(id => items.Remove(id));
        foreach (var row in batch.Jobs)
        {
            jobs[row.Id] = row;
            lastJob = Math.Max(lastJob, row.Id);
        }

        foreach (var row in batch.Instances)
        {
            Of(instances, row.Job)[row.Sub] = row;
        }

        foreach (var row in batch.Items)
        {
            Of(items, row.Job)[row.Item] = row;
        }

        batch.Workers.ForEach(row => workers[row.Id] = row);
        batch.Requests.ForEach(row => requests[row.RequestId] = row);
        events.AddRange(batch.Events);
        foreach (var row in batch.Settings)
        {
            if (row.Value is null)
            {
                settings.Remove(row.Key);
            }
            else
            {
                settings[row.Key] = row;
            }
        }
    }

    private static SortedDictionary<int, T> Of<T>(Dictionary<long, SortedDictionary<int, T>> tables, long job)
    {
        if (!tables.TryGetValue(job, out var table))
        {
            tables[job] = table = [];
        }

        return table;
    }
}
