using Microsoft.Data.Sqlite;
using Quern.Core;

namespace Quern.Store;

/// <summary>What is asked of the store beside the commits: a connection of its own, one question at a time.</summary>
internal sealed class SqliteReader : IDisposable
{
    private readonly Lock _gate = new();
    private readonly SqliteConnection _connection;
    private readonly Statement _events;

    public SqliteReader(SqliteConnection connection)
    {
        _connection = connection;
        _events = new Statement(connection, "SELECT sequence, unix_ms, job, sub, items, who, origin, comment, component FROM events WHERE job = ?1 AND sequence > ?2 ORDER BY sequence LIMIT ?3");
    }

    public IReadOnlyList<EventRow> Events(long job, long afterSequence, int limit)
    {
        lock (_gate)
        {
            return _events.Bind(1, job).Bind(2, afterSequence).Bind(3, Math.Max(0, limit)).All(row =>
                new EventRow(row.Long(0), row.Long(1), row.Long(2), row.Int(3), row.Text(4), row.Text(5), row.Text(6), row.Text(7), (EventComponent)row.Int(8)));
        }
    }

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
            _events.Dispose();
            _connection.Dispose();
        }
    }

    private List<JobRow> Jobs() => All(
        "SELECT id, spec, state FROM job_states JOIN job_specs USING(id) ORDER BY id",
        row => new JobRow(row.Long(0), row.Text(1), row.Text(2)));

    private List<InstanceRow> Instances() => All(
        """
        SELECT job, sub, status, run, worker, retries, position, output_position, output_bytes, leases, account, reason, marks, started_ms, ended_ms, phase, result
        FROM instances WHERE job NOT IN removed_jobs ORDER BY job, sub
        """,
        row => new InstanceRow(
            row.Long(0), row.Int(1), row.Int(2), row.Int(3), row.Int(4), row.Int(5), row.Long(6), row.Long(7), row.Long(8),
            row.Text(9), row.Text(10), row.Text(11), row.Text(12), row.Long(13), row.Long(14), row.Int(15), row.Text(16)));

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
