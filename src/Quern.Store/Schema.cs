using Microsoft.Data.Sqlite;

namespace Quern.Store;

/// <summary>
/// The tables, as an ordered list of migrations: a file's <c>user_version</c> counts those it has. A published entry is never edited; a change is a
/// new entry at the end.
/// </summary>
internal static class Schema
{
    /// <summary>"QURN", so that another program's database is never taken for a farm.</summary>
    public const int ApplicationId = 0x5155524E;

    public static readonly string[] Migrations =
    [
        // Submissions stand apart from states: a state changes often and is short, a submission never changes and may be long.
        """
        CREATE TABLE job_specs(id INTEGER PRIMARY KEY, spec TEXT NOT NULL);
        CREATE TABLE job_states(id INTEGER PRIMARY KEY, state TEXT NOT NULL);
        CREATE TABLE instances(
          job INTEGER NOT NULL, sub INTEGER NOT NULL, status INTEGER NOT NULL, run INTEGER NOT NULL, worker INTEGER NOT NULL,
          retries INTEGER NOT NULL, position INTEGER NOT NULL, output_position INTEGER NOT NULL, output_bytes INTEGER NOT NULL,
          leases TEXT NOT NULL, account TEXT NOT NULL, reason TEXT NOT NULL, refusals TEXT NOT NULL,
          started_ms INTEGER NOT NULL, ended_ms INTEGER NOT NULL, phase INTEGER NOT NULL, PRIMARY KEY(job, sub)) WITHOUT ROWID;
        CREATE TABLE items(
          job INTEGER NOT NULL, item INTEGER NOT NULL, status INTEGER NOT NULL, attempts INTEGER NOT NULL, retries INTEGER NOT NULL,
          sub INTEGER NOT NULL, worker INTEGER NOT NULL, exit_code INTEGER NOT NULL, reason TEXT NOT NULL,
          started_ms INTEGER NOT NULL, ended_ms INTEGER NOT NULL, PRIMARY KEY(job, item)) WITHOUT ROWID;
        CREATE TABLE workers(id INTEGER PRIMARY KEY, name TEXT NOT NULL, facts TEXT NOT NULL, last_contact_ms INTEGER NOT NULL);
        CREATE TABLE events(
          job INTEGER NOT NULL, sequence INTEGER NOT NULL, unix_ms INTEGER NOT NULL, sub INTEGER NOT NULL, items TEXT NOT NULL,
          who TEXT NOT NULL, origin TEXT NOT NULL, comment TEXT NOT NULL, PRIMARY KEY(job, sequence)) WITHOUT ROWID;
        CREATE TABLE requests(request TEXT PRIMARY KEY, unix_ms INTEGER NOT NULL, job_ids TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE settings(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE counters(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE removed_jobs(id INTEGER PRIMARY KEY);
        """,
        """
        ALTER TABLE items ADD COLUMN cpu_ms INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE items ADD COLUMN peak_memory_kb INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE items ADD COLUMN read_kb INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE items ADD COLUMN written_kb INTEGER NOT NULL DEFAULT 0;
        """,
        """
        CREATE TABLE credentials(
          user TEXT PRIMARY KEY, sealed TEXT NOT NULL, account TEXT NOT NULL, created_ms INTEGER NOT NULL, by TEXT NOT NULL,
          used_ms INTEGER NOT NULL, failed_ms INTEGER NOT NULL, failure TEXT NOT NULL, refused_ms INTEGER NOT NULL) WITHOUT ROWID;
        """,
        // Numbers of events rise with time: one index answers what was last, what was then, and what is the oldest.
        """
        CREATE TABLE users(user TEXT, member_of TEXT, permissions INTEGER NOT NULL, PRIMARY KEY(user, member_of)) WITHOUT ROWID;
        ALTER TABLE events ADD COLUMN component INTEGER NOT NULL DEFAULT 0;
        CREATE INDEX events_by_sequence ON events(sequence);
        """,
        // What it was named for was never written to it.
        "ALTER TABLE instances RENAME COLUMN refusals TO marks;",
        """
        ALTER TABLE items ADD COLUMN result TEXT NOT NULL DEFAULT '';
        ALTER TABLE instances ADD COLUMN result TEXT NOT NULL DEFAULT '';
        """,
        "ALTER TABLE instances ADD COLUMN allocations TEXT NOT NULL DEFAULT '';",
    ];

    /// <summary>Brings the file to the newest version. Refused: a newer file, another program's file. Writes a backup first.</summary>
    public static void Migrate(SqliteConnection connection, string path, IReadOnlyList<string> migrations)
    {
        var version = Number(connection, "PRAGMA user_version");
        if (version > migrations.Count)
        {
            throw new StoreException($"the store {path} has version {version} and this program knows versions up to {migrations.Count}: a newer Quern wrote it; install that one again, or put back the backup made before the upgrade", null);
        }
        if (Number(connection, "SELECT count(*) FROM sqlite_schema") > 0 && Number(connection, "PRAGMA application_id") != ApplicationId)
        {
            throw new StoreException($"the store {path} is the database of another program; name another state folder", null);
        }
        if (version > 0 && version < migrations.Count)
        {
            Backup(connection, path, version);
        }
        for (var next = (int)version; next < migrations.Count; next++)
        {
            // The version is part of the file: schema and number change together or not at all.
            Execute(connection, $"BEGIN IMMEDIATE; {migrations[next]} PRAGMA application_id = {ApplicationId}; PRAGMA user_version = {next + 1}; COMMIT;");
        }
    }

    public static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static long Number(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return (long)command.ExecuteScalar()!;
    }

    private static void Backup(SqliteConnection connection, string path, long version)
    {
        var target = $"{path}.v{version}.backup";
        for (var number = 2; File.Exists(target); number++)
        {
            target = $"{path}.v{version}.{number}.backup";
        }
        // The file is there, empty and private, before anything is written to it.
        StoreFiles.CreatePrivate(target);
        using var command = connection.CreateCommand();
        command.CommandText = "VACUUM INTO $target";
        command.Parameters.AddWithValue("$target", target);
        command.ExecuteNonQuery();
    }
}
