using Microsoft.Data.Sqlite;
using Quern.Core;

namespace Quern.Store;

/// <summary>What is asked of the store beside the commits: a connection of its own, one question at a time.</summary>
internal sealed class SqliteReader : IDisposable
{
    private readonly Lock _gate = new();
    private readonly SqliteConnection _connection;

    /// <summary>Most events that one question looks at: a reader that wants one in a million comes back, and others are not kept waiting.</summary>
    private const long WindowEvents = 200_000;

    private const string EventColumns = "sequence, unix_ms, job, sub, items, who, origin, comment, component";
    private readonly Statement _events, _ofJob, _ofFarm, _first, _last, _at;

    public SqliteReader(SqliteConnection connection)
    {
        _connection = connection;
        const string wanted = "sequence > ?1 AND sequence <= ?2 AND unix_ms >= ?3 AND unix_ms <= ?4 AND component & ?5 AND (?6 = '' OR who = ?6) AND (?7 = '' OR origin LIKE ?7 OR instr(lower(comment), ?7))";
        _events = new Statement(connection, $"SELECT {EventColumns} FROM events WHERE job = ?1 AND sequence > ?2 ORDER BY sequence LIMIT ?3");
        _ofFarm = new Statement(connection, $"SELECT {EventColumns} FROM events INDEXED BY events_by_sequence WHERE {wanted} ORDER BY sequence LIMIT ?8");
        _ofJob = new Statement(connection, $"SELECT {EventColumns} FROM events WHERE job = ?9 AND {wanted} ORDER BY sequence LIMIT ?8");
        _first = new Statement(connection, "SELECT ifnull(min(sequence), 0) FROM events");
        _last = new Statement(connection, "SELECT ifnull(max(sequence), 0) FROM events");
        _at = new Statement(connection, "SELECT sequence, unix_ms FROM events INDEXED BY events_by_sequence WHERE sequence <= ?1 ORDER BY sequence DESC LIMIT 1");
    }

    public IReadOnlyList<EventRow> Events(long job, long afterSequence, int limit)
    {
        lock (_gate)
        {
            return _events.Bind(1, job).Bind(2, afterSequence).Bind(3, Math.Max(0, limit)).All(EventOf);
        }
    }

    public EventPage Find(EventQuery query, int limit)
    {
        lock (_gate)
        {
            var last = One(_last);
            var after = query.SinceMs > 0 ? Math.Max(query.After, LastBefore(query.SinceMs)) : query.After;
            var end = query.Job is null ? Math.Min(last, after > long.MaxValue - WindowEvents ? last : after + WindowEvents) : last;
            var statement = (query.Job is { } job ? _ofJob.Bind(9, job) : _ofFarm)
                .Bind(1, after).Bind(2, end).Bind(3, query.SinceMs).Bind(4, query.UntilMs).Bind(5, (int)query.Components)
                .Bind(6, query.User ?? "").Bind(7, (query.Host ?? "").ToLowerInvariant()).Bind(8, Math.Max(0, limit));
            var rows = statement.All(EventOf);
            long? next = rows.Count >= limit && limit > 0 ? rows[^1].Sequence : end < last ? end : null;

            // The statement knows no words: node1 is in node10 for it.
            return new EventPage(rows.FindAll(query.Matches), next);
        }
    }

    public EventSpan Span(long beforeMs)
    {
        lock (_gate)
        {
            return new EventSpan(One(_first), One(_last), LastBefore(beforeMs));
        }
    }

    /// <summary>Number of the last event before a moment. Time rises with numbers (but for a clock that was set back), so halving finds it.</summary>
    private long LastBefore(long beforeMs)
    {
        long low = 0;
        var high = One(_last);
        while (low < high)
        {
            var middle = low + ((high - low + 1) / 2);
            var at = _at.Bind(1, middle).All(row => (Sequence: row.Long(0), UnixMs: row.Long(1)));
            if (at.Count == 0 || at[0].UnixMs < beforeMs)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        return low == 0 ? 0 : _at.Bind(1, low).All(row => row.Long(0)).FirstOrDefault();
    }

    private static long One(Statement statement) => statement.All(row => row.Long(0))[0];

    private static EventRow EventOf(Statement row) =>
        new(row.Long(0), row.Long(1), row.Long(2), row.Int(3), row.Text(4), row.Text(5), row.Text(6), row.Text(7), (EventComponent)row.Int(8));

    /// <summary>All tables, as one moment left them.</summary>
    public FarmRows Load()
    {
        lock (_gate)
        {
            Schema.Execute(_connection, "BEGIN");
            try
            {
                return new FarmRows(Jobs(), Instances(), Items(), Workers(), Requests(), Settings(), Counter(SqliteWriter.LastEvent), Counter(SqliteWriter.LastJob)) { Credentials = Credentials(), Users = Users() };
            }
            finally
            {
                Schema.Execute(_connection, "COMMIT");
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var statement in new[] { _events, _ofJob, _ofFarm, _first, _last, _at })
            {
                statement.Dispose();
            }
            _connection.Dispose();
        }
    }

    private List<JobRow> Jobs() => All(
        "SELECT id, spec, state FROM job_states JOIN job_specs USING(id) ORDER BY id",
        row => new JobRow(row.Long(0), row.Text(1), row.Text(2)));

    private List<InstanceRow> Instances() => All(
        """
        SELECT job, sub, status, run, worker, retries, position, output_position, output_bytes, leases, account, reason, marks, started_ms, ended_ms, phase, result, allocations
        FROM instances WHERE job NOT IN removed_jobs ORDER BY job, sub
        """,
        row => new InstanceRow(
            row.Long(0), row.Int(1), row.Int(2), row.Int(3), row.Int(4), row.Int(5), row.Long(6), row.Long(7), row.Long(8),
            row.Text(9), row.Text(10), row.Text(11), row.Text(12), row.Long(13), row.Long(14), row.Int(15), row.Text(16), row.Text(17)));

    private List<ItemRow> Items() => All(
        """
        SELECT job, item, status, attempts, retries, sub, worker, exit_code, reason, started_ms, ended_ms, cpu_ms, peak_memory_kb, read_kb, written_kb, result
        FROM items WHERE job NOT IN removed_jobs ORDER BY job, item
        """,
        row => new ItemRow(
            row.Long(0), row.Int(1), row.Int(2), row.Int(3), row.Int(4), row.Int(5), row.Int(6), row.Int(7), row.Text(8), row.Long(9), row.Long(10),
            row.Int(11), row.Int(12), row.Int(13), row.Int(14), row.Text(15)));

    private List<WorkerRow> Workers() => All(
        "SELECT id, name, facts, last_contact_ms FROM workers ORDER BY id",
        row => new WorkerRow(row.Int(0), row.Text(1), row.Text(2), row.Long(3)));

    private List<RequestRow> Requests() => All(
        "SELECT request, unix_ms, job_ids FROM requests ORDER BY unix_ms, request",
        row => new RequestRow(row.Text(0), row.Long(1), row.Text(2)));

    private List<SettingRow> Settings() => All(
        "SELECT key, value FROM settings ORDER BY key",
        row => new SettingRow(row.Text(0), row.Text(1)));

    private List<CredentialRow> Credentials() => All(
        "SELECT user, sealed, account, created_ms, by, used_ms, failed_ms, failure, refused_ms FROM credentials ORDER BY user",
        row => new CredentialRow(row.Text(0), row.Text(1), row.Text(2), row.Long(3), row.Text(4), row.Long(5), row.Long(6), row.Text(7), row.Long(8)));

    private List<UserRow> Users() => All("SELECT user, member_of, permissions FROM users ORDER BY user, member_of", row => new UserRow(row.Text(0), row.Text(1), row.Long(2)));

    private long Counter(string name)
    {
        using var statement = new Statement(_connection, "SELECT value FROM counters WHERE name = ?1");
        return statement.Bind(1, name).All(row => row.Long(0)).FirstOrDefault();
    }

    private List<T> All<T>(string sql, Func<Statement, T> read)
    {
        using var statement = new Statement(_connection, sql);
        return statement.All(read);
    }
}
