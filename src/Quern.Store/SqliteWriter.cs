using Microsoft.Data.Sqlite;
using Quern.Core;

namespace Quern.Store;

/// <summary>The one connection that writes: a batch is a transaction of prepared statements.</summary>
internal sealed class SqliteWriter : IDisposable
{
    public const string LastEvent = "last_event";
    public const string LastJob = "last_job";

    // A removed job of a million items must not hold up the farm: its rows go in parts, each beside a commit.
    private const int RemovedRowsPerCommit = 4000;

    private readonly SqliteConnection _connection;
    private readonly Statement _begin, _commit, _rollback;
    private readonly Statement _spec, _state, _instance, _item, _worker, _event, _request, _setting, _unset, _credential, _forget, _user, _dropUser, _counter, _expire, _expireRequest, _removeWorker;
    private readonly Statement _removeSpec, _removeState, _remove, _removed, _removeItems, _removeInstances;
    private readonly Statement[] _all;

    // What the file has already, to write only what is new. Forgotten whole when a batch fails.
    private readonly Dictionary<long, string> _specs = [];
    private readonly SortedSet<long> _removing = [];
    private long _lastEvent, _lastJob;

    public SqliteWriter(SqliteConnection connection)
    {
        _connection = connection;
        _all =
        [
            _begin = Prepare("BEGIN IMMEDIATE"),
            _commit = Prepare("COMMIT"),
            _rollback = Prepare("ROLLBACK"),
            _spec = Prepare("INSERT INTO job_specs VALUES(?1, ?2) ON CONFLICT DO UPDATE SET spec = excluded.spec WHERE spec <> excluded.spec"),
            _state = Prepare("INSERT OR REPLACE INTO job_states VALUES(?1, ?2)"),
            _instance = Prepare("INSERT OR REPLACE INTO instances VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)"),
            _item = Prepare("INSERT OR REPLACE INTO items VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)"),
            _removeWorker = Prepare("DELETE FROM workers WHERE id = ?1"),
            _worker = Prepare("INSERT OR REPLACE INTO workers VALUES(?1, ?2, ?3, ?4)"),
            _event = Prepare("INSERT INTO events VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"),
            _request = Prepare("INSERT OR REPLACE INTO requests VALUES(?1, ?2, ?3)"),
            _setting = Prepare("INSERT OR REPLACE INTO settings VALUES(?1, ?2)"),
            _unset = Prepare("DELETE FROM settings WHERE key = ?1"),
            _credential = Prepare("INSERT OR REPLACE INTO credentials VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"),
            _user = Prepare("INSERT OR REPLACE INTO users VALUES(?1, ?2, ?3)"),
            _dropUser = Prepare("DELETE FROM users WHERE user = ?1 AND member_of = ?2"),
            _forget = Prepare("DELETE FROM credentials WHERE user = ?1"),
            _expire = Prepare("DELETE FROM events WHERE (job, sequence) IN (SELECT job, sequence FROM events INDEXED BY events_by_sequence WHERE sequence <= ?1)"),
            _expireRequest = Prepare("DELETE FROM requests WHERE request = ?1"),
            _counter = Prepare("INSERT OR REPLACE INTO counters VALUES(?1, ?2)"),
            _removeSpec = Prepare("DELETE FROM job_specs WHERE id = ?1"),
            _removeState = Prepare("DELETE FROM job_states WHERE id = ?1"),
            _remove = Prepare("INSERT OR IGNORE INTO removed_jobs VALUES(?1)"),
            _removed = Prepare("DELETE FROM removed_jobs WHERE id = ?1"),
            _removeItems = Prepare("DELETE FROM items WHERE job = ?1 AND item <= (SELECT max(item) FROM (SELECT item FROM items WHERE job = ?1 ORDER BY item LIMIT ?2))"),
            _removeInstances = Prepare("DELETE FROM instances WHERE job = ?1"),
        ];
        Recall();
    }

    public void Commit(IReadOnlyList<RowBatch> batches)
    {
        _begin.Run();
        try
        {
            foreach (var batch in batches)
            {
                Remove(batch.RemovedJobs);
                batch.ClearedItems.ForEach(job => _removeItems.Bind(1, job).Bind(2, int.MaxValue).Run());
                PurgeAll(batch);
                Write(batch);
            }
            Purge(RemovedRowsPerCommit);
            _commit.Run();
        }
        catch
        {
            Undo();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (var statement in _all)
        {
            statement.Dispose();
        }
        _connection.Dispose();
    }

    private Statement Prepare(string sql) => new(_connection, sql);

    private void Recall()
    {
        _specs.Clear();
        _removing.Clear();
        using var removing = Prepare("SELECT id FROM removed_jobs");
        _removing.UnionWith(removing.All(row => row.Long(0)));
        using var counters = Prepare("SELECT name, value FROM counters");
        (_lastEvent, _lastJob) = (0, 0);
        foreach (var (name, value) in counters.All(row => (row.Text(0), row.Long(1))))
        {
            _lastEvent = name == LastEvent ? value : _lastEvent;
            _lastJob = name == LastJob ? value : _lastJob;
        }
    }

    private void Undo()
    {
        try
        {
            _rollback.Run();
        }
        catch (SqliteException)
        {
            // The library has rolled back by itself, as it does when the disk is full; else the next BEGIN says what is wrong.
        }
        Recall();
    }

    private void Remove(List<long> jobs)
    {
        foreach (var job in jobs)
        {
            _removeSpec.Bind(1, job).Run();
            _removeState.Bind(1, job).Run();
            _removeInstances.Bind(1, job).Run();
            _remove.Bind(1, job).Run();
            _removing.Add(job);
            _specs.Remove(job);
        }
    }

    /// <summary>Deletes up to <paramref name="rows"/> item rows of removed jobs.</summary>
    private void Purge(int rows)
    {
        while (rows > 0 && _removing.Count > 0)
        {
            var job = _removing.Min;
            var gone = _removeItems.Bind(1, job).Bind(2, rows).Run();
            if (gone < rows)
            {
                _removed.Bind(1, job).Run();
                _removing.Remove(job);
            }
            rows -= Math.Max(gone, 1);
        }
    }

    /// <summary>Rows for a job that was removed begin anew: what is left of the old ones goes first.</summary>
    private void PurgeAll(RowBatch batch)
    {
        if (_removing.Count == 0)
        {
            return;
        }
        var again = batch.Jobs.Select(row => row.Id).Concat(batch.Items.Select(row => row.Job)).Concat(batch.Instances.Select(row => row.Job)).Where(_removing.Contains).Distinct();
        foreach (var job in again.ToList())
        {
            _removeItems.Bind(1, job).Bind(2, int.MaxValue).Run();
            _removed.Bind(1, job).Run();
            _removing.Remove(job);
        }
    }

    private void Write(RowBatch batch)
    {
        var (lastJob, lastEvent) = (_lastJob, _lastEvent);
        foreach (var row in batch.Jobs)
        {
            Write(row);
            lastJob = Math.Max(lastJob, row.Id);
        }
        batch.Instances.ForEach(Write);
        batch.Items.ForEach(Write);
        batch.RemovedWorkers.ForEach(worker => _removeWorker.Bind(1, worker).Run());
        batch.Workers.ForEach(row => _worker.Bind(1, row.Id).Bind(2, row.Name).Bind(3, row.Facts).Bind(4, row.LastContactMs).Run());
        if (batch.EventsThrough > 0)
        {
            _expire.Bind(1, batch.EventsThrough).Run();
        }
        foreach (var row in batch.Events)
        {
            RowRules.CheckEvent(row, lastEvent);
            Write(row);
            lastEvent = row.Sequence;
        }
        batch.ExpiredRequests.ForEach(request => _expireRequest.Bind(1, request).Run());
        batch.Requests.ForEach(row => _request.Bind(1, row.RequestId).Bind(2, row.UnixMs).Bind(3, row.JobIds).Run());
        batch.Settings.ForEach(row => (row.Value is null ? _unset.Bind(1, row.Key) : _setting.Bind(1, row.Key).Bind(2, row.Value)).Run());
        batch.Credentials.ForEach(Write);
        batch.Users.ForEach(row => (row.IsRemoved ? _dropUser.Bind(1, row.User).Bind(2, row.Group) : _user.Bind(1, row.User).Bind(2, row.Group).Bind(3, row.Permissions)).Run());
        _lastJob = Count(LastJob, _lastJob, lastJob);
        _lastEvent = Count(LastEvent, _lastEvent, lastEvent);
    }

    private long Count(string name, long before, long now)
    {
        if (now != before)
        {
            _counter.Bind(1, name).Bind(2, now).Run();
        }
        return now;
    }

    private void Write(JobRow row)
    {
        // The same string object was written before: its text need not even be compared.
        if (!_specs.TryGetValue(row.Id, out var spec) || !ReferenceEquals(spec, row.Spec))
        {
            _spec.Bind(1, row.Id).Bind(2, row.Spec).Run();
            _specs[row.Id] = row.Spec;
        }
        _state.Bind(1, row.Id).Bind(2, row.State).Run();
    }

    private void Write(InstanceRow row) => _instance
        .Bind(1, row.Job).Bind(2, row.Sub).Bind(3, row.Status).Bind(4, row.Run).Bind(5, row.Worker).Bind(6, row.Retries)
        .Bind(7, row.Position).Bind(8, row.OutputPosition).Bind(9, row.OutputBytes)
        .Bind(10, row.Leases).Bind(11, row.Account).Bind(12, row.Reason).Bind(13, row.Marks)
        .Bind(14, row.StartedMs).Bind(15, row.EndedMs).Bind(16, row.Phase).Bind(17, row.Result).Bind(18, row.Allocations).Run();

    private void Write(ItemRow row) => _item
        .Bind(1, row.Job).Bind(2, row.Item).Bind(3, row.Status).Bind(4, row.Attempts).Bind(5, row.Retries).Bind(6, row.Sub)
        .Bind(7, row.Worker).Bind(8, row.ExitCode).Bind(9, row.Reason).Bind(10, row.StartedMs).Bind(11, row.EndedMs)
        .Bind(12, row.CpuMs).Bind(13, row.PeakMemoryKb).Bind(14, row.ReadKb).Bind(15, row.WrittenKb).Bind(16, row.Result).Run();

    private void Write(CredentialRow row)
    {
        if (row.Sealed is null)
        {
            _forget.Bind(1, row.User).Run();
            return;
        }

        _credential
            .Bind(1, row.User).Bind(2, row.Sealed).Bind(3, row.Account).Bind(4, row.CreatedMs).Bind(5, row.By)
            .Bind(6, row.UsedMs).Bind(7, row.FailedMs).Bind(8, row.Failure).Bind(9, row.RefusedMs).Run();
    }

    private void Write(EventRow row) => _event
        .Bind(1, row.Job).Bind(2, row.Sequence).Bind(3, row.UnixMs).Bind(4, row.Sub).Bind(5, row.Items)
        .Bind(6, row.Who).Bind(7, row.From).Bind(8, row.Comment).Bind(9, (int)row.Component).Run();
}
