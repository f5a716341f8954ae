namespace Quern.Store;

/// <summary>The tables, as a list of steps: a store at version N needs the steps after N. Steps are added, never changed.</summary>
internal static class Schema
{
    public const string FileName = "farm.db";

    public static readonly IReadOnlyList<string> Steps =
    [
        """
        CREATE TABLE jobs (id INTEGER PRIMARY KEY, spec TEXT NOT NULL, state TEXT NOT NULL);
        CREATE TABLE instances (
            job INTEGER NOT NULL, sub INTEGER NOT NULL, status INTEGER NOT NULL, run INTEGER NOT NULL, worker INTEGER NOT NULL,
            retries INTEGER NOT NULL, position INTEGER NOT NULL, output_position INTEGER NOT NULL, output_bytes INTEGER NOT NULL,
            leases TEXT NOT NULL, account TEXT NOT NULL, reason TEXT NOT NULL, refusals TEXT NOT NULL, started_ms INTEGER NOT NULL,
            ended_ms INTEGER NOT NULL, phase INTEGER NOT NULL, PRIMARY KEY (job, sub)) WITHOUT ROWID;
        CREATE TABLE items (
            job INTEGER NOT NULL, item INTEGER NOT NULL, status INTEGER NOT NULL, attempts INTEGER NOT NULL, retries INTEGER NOT NULL,
            sub INTEGER NOT NULL, worker INTEGER NOT NULL, exit_code INTEGER NOT NULL, reason TEXT NOT NULL, started_ms INTEGER NOT NULL,
            ended_ms INTEGER NOT NULL, PRIMARY KEY (job, item)) WITHOUT ROWID;
        CREATE TABLE workers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, facts TEXT NOT NULL, last_contact_ms INTEGER NOT NULL);
        CREATE TABLE events (
            sequence INTEGER PRIMARY KEY, unix_ms INTEGER NOT NULL, job INTEGER NOT NULL, sub INTEGER NOT NULL, items TEXT NOT NULL,
            who TEXT NOT NULL, origin TEXT NOT NULL, comment TEXT NOT NULL);
        CREATE INDEX events_of_job ON events (job, sequence);
        CREATE TABLE requests (id TEXT PRIMARY KEY, unix_ms INTEGER NOT NULL, jobs TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
        INSERT INTO counters VALUES ('last_job', 0);
        """,
    ];
}
