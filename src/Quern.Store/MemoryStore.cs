using Quern.Core;

namespace Quern.Store;

/// <summary>
/// A store for tests and simulations with the semantics of a real one: what was committed is there again after <see cref="Reopen"/>,
/// whatever else the supervisor held is not.
/// </summary>
public sealed class MemoryStore : IFarmStore
{
    private readonly Tables _tables;
    private bool _closed;

    public MemoryStore() : this(new Tables()) { }

    private MemoryStore(Tables tables) => _tables = tables;

    /// <summary>When set, the next commit throws it and changes nothing.</summary>
    public StoreException? NextFailure { get; set; }

    /// <summary>The store as the next supervisor finds it; this one is closed, as by a crash.</summary>
    public MemoryStore Reopen()
    {
        _closed = true;
        return new MemoryStore(_tables);
    }

    public FarmRows Load()
    {
        lock (_tables)
        {
            CheckOpen();
            return _tables.Load();
        }
    }

    public void Commit(IReadOnlyList<RowBatch> batches)
    {
        lock (_tables)
        {
            CheckOpen();
            if (NextFailure is { } failure)
            {
                NextFailure = null;
                throw failure;
            }
            _tables.Check(batches);
            foreach (var batch in batches)
            {
                _tables.Apply(batch);
            }
        }
    }

    public IReadOnlyList<EventRow> Events(long job, long afterSequence, int limit)
    {
        lock (_tables)
        {
            CheckOpen();
            return _tables.Events(job, afterSequence, limit);
        }
    }

    public EventPage Find(EventQuery query, int limit)
    {
        lock (_tables)
        {
            CheckOpen();
            return _tables.Find(query, limit);
        }
    }

    public EventSpan Span(long beforeMs)
    {
        lock (_tables)
        {
            CheckOpen();
            return _tables.Span(beforeMs);
        }
    }

    public void Dispose() => _closed = true;

    private void CheckOpen()
    {
        if (_closed)
        {
            throw new StoreException("the store is closed; open it again", null);
        }
    }

    private sealed class Tables
    {
        private readonly SortedDictionary<long, JobRow> _jobs = [];
        private readonly Dictionary<long, SortedDictionary<int, InstanceRow>> _instances = [];
        private readonly Dictionary<long, SortedDictionary<int, ItemRow>> _items = [];
        private readonly SortedDictionary<int, WorkerRow> _workers = [];
        private readonly Dictionary<long, List<EventRow>> _events = [];
        private readonly SortedDictionary<string, RequestRow> _requests = new(StringComparer.Ordinal);
        private readonly SortedDictionary<string, SettingRow> _settings = new(StringComparer.Ordinal);
        private readonly SortedDictionary<string, CredentialRow> _credentials = new(StringComparer.Ordinal);
        private readonly Dictionary<(string User, string Group), UserRow> _users = [];
        private long _lastEvent, _lastJob;

        public FarmRows Load() => new(
            [.. _jobs.Values],
            [.. _instances.OrderBy(job => job.Key).SelectMany(job => job.Value.Values)],
            [.. _items.OrderBy(job => job.Key).SelectMany(job => job.Value.Values)],
            [.. _workers.Values],
            [.. _requests.Values.OrderBy(row => row.UnixMs)],
            [.. _settings.Values],
            _lastEvent, _lastJob) { Credentials = [.. _credentials.Values], Users = [.. _users.Values.OrderBy(row => row.User, StringComparer.Ordinal).ThenBy(row => row.Group, StringComparer.Ordinal)] };

        public IReadOnlyList<EventRow> Events(long job, long after, int limit) =>
            [.. _events.GetValueOrDefault(job, []).Where(row => row.Sequence > after).Take(limit)];

        public EventPage Find(EventQuery query, int limit)
        {
            var found = _events.Values.SelectMany(rows => rows).OrderBy(row => row.Sequence).Where(query.Matches).Take(limit).ToList();
            return new EventPage(found, found.Count == limit && limit > 0 ? found[^1].Sequence : null);
        }

        public EventSpan Span(long beforeMs)
        {
            var all = _events.Values.SelectMany(rows => rows).OrderBy(row => row.Sequence).ToList();
            return all.Count == 0 ? default : new EventSpan(all[0].Sequence, all[^1].Sequence, all.TakeWhile(row => row.UnixMs < beforeMs).LastOrDefault()?.Sequence ?? 0);
        }

        /// <summary>Finds what a real store would find halfway, before anything is applied.</summary>
        public void Check(IReadOnlyList<RowBatch> batches)
        {
            var last = _lastEvent;
            foreach (var row in batches.SelectMany(batch => batch.Events))
            {
                RowRules.CheckEvent(row, last);
                last = row.Sequence;
            }
            if (batches.Any(LacksText))
            {
                throw new StoreException("the store refused a batch: a row lacks a text; nothing of it was kept", null);
            }
        }

        private static bool LacksText(RowBatch batch) => batch.Jobs.Any(row => row.Spec is null || row.State is null)
                || batch.Instances.Any(row => row.Leases is null || row.Account is null || row.Reason is null || row.Marks is null || row.Allocations is null)
                || batch.Items.Any(row => row.Reason is null)
                || batch.Workers.Any(row => row.Name is null || row.Facts is null)
                || batch.Events.Any(row => row.Items is null || row.Who is null || row.From is null || row.Comment is null)
                || batch.Requests.Any(row => row.RequestId is null || row.JobIds is null)
                || batch.Settings.Any(row => row.Key is null)
                || batch.Credentials.Any(row => row.User is null || row.Account is null || row.By is null || row.Failure is null)
                || batch.Users.Any(row => row.User is null || row.Group is null);

        public void Apply(RowBatch batch)
        {
            foreach (var job in batch.RemovedJobs)
            {
                _jobs.Remove(job);
                _instances.Remove(job);
                _items.Remove(job);
            }
            batch.ClearedItems.ForEach(job => _items.Remove(job));
            foreach (var row in batch.Jobs)
            {
                _jobs[row.Id] = row;
                _lastJob = Math.Max(_lastJob, row.Id);
            }
            batch.Instances.ForEach(row => Of(_instances, row.Job)[row.Sub] = row);
            batch.Items.ForEach(row => Of(_items, row.Job)[row.Item] = row);
            batch.RemovedWorkers.ForEach(worker => _workers.Remove(worker));
            batch.Workers.ForEach(row => _workers[row.Id] = row);
            foreach (var rows in batch.EventsThrough > 0 ? _events.Values : Enumerable.Empty<List<EventRow>>())
            {
                rows.RemoveAll(row => row.Sequence <= batch.EventsThrough);
            }
            foreach (var row in batch.Events)
            {
                Of(_events, row.Job).Add(row);
                _lastEvent = row.Sequence;
            }
            batch.ExpiredRequests.ForEach(request => _requests.Remove(request));
            batch.Requests.ForEach(row => _requests[row.RequestId] = row);
            batch.Settings.ForEach(Set);
            batch.Credentials.ForEach(Set);
            batch.Users.ForEach(Set);
        }

        private void Set(SettingRow row)
        {
            if (row.Value is null)
            {
                _settings.Remove(row.Key);
            }
            else
            {
                _settings[row.Key] = row;
            }
        }

        private void Set(CredentialRow row)
        {
            if (row.Sealed is null)
            {
                _credentials.Remove(row.User);
            }
            else
            {
                _credentials[row.User] = row;
            }
        }

        private void Set(UserRow row)
        {
            if (row.IsRemoved)
            {
                _users.Remove((row.User, row.Group));
            }
            else
            {
                _users[(row.User, row.Group)] = row;
            }
        }

        private static T Of<T>(Dictionary<long, T> byJob, long job) where T : new()
        {
            if (!byJob.TryGetValue(job, out var rows))
            {
                byJob[job] = rows = new T();
            }
            return rows;
        }
    }
}
