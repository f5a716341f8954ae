using Microsoft.Data.Sqlite;
using Quern.Core;

namespace Quern.Store;

/// <summary>
/// The farm in one SQLite file (0600), for one supervisor on one machine: a write-ahead log, every commit on the disk before it returns.
/// Beside the file stands a lock: a second supervisor on it is refused. Refused as well: a file that a newer program wrote, or another program.
/// </summary>
public sealed class SqliteStore : IFarmStore
{
    /// <summary>The file's name in the supervisor's folder.</summary>
    public const string FileName = "farm.db";

    private readonly string _path;
    private readonly FileStream _lock;
    private readonly SqliteWriter _writer;
    private readonly SqliteReader _reader;

    private SqliteStore(string path, FileStream held, SqliteWriter writer, SqliteReader reader) =>
        (_path, _lock, _writer, _reader) = (path, held, writer, reader);

    /// <summary>Opens or makes the store in <paramref name="folder"/>, which is made (0700) if it is missing.</summary>
    /// <exception cref="StoreException">Another supervisor has it, a newer program wrote it, or the disk does not do.</exception>
    public static SqliteStore Open(string folder) => Open(Path.Combine(folder, FileName), Schema.Migrations, 0);

    /// <param name="mostPages">Pages of 4096 bytes the file may grow to, as if the disk then were full; 0 = what the disk has.</param>
    internal static SqliteStore Open(string path, IReadOnlyList<string> migrations, int mostPages)
    {
        path = Path.GetFullPath(path);
        FileStream? held = null;
        SqliteConnection? writer = null;
        SqliteConnection? reader = null;
        try
        {
            StoreFiles.CreateFolder(Path.GetDirectoryName(path)!);
            held = StoreFiles.TryLock($"{path}.lock") ?? throw new StoreException(
                $"the store {path} is in use by another supervisor; stop that one, or start this one on a state of its own (--state DIR)", null);
            StoreFiles.CreatePrivate(path);
            writer = Connect(path);
            Schema.Execute(writer, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY;");
            Schema.Migrate(writer, path, migrations);
            if (mostPages > 0)
            {
                Schema.Execute(writer, $"PRAGMA max_page_count = {mostPages}");
            }
            reader = Connect(path);
            Schema.Execute(reader, "PRAGMA query_only = ON; PRAGMA temp_store = MEMORY;");
            return new SqliteStore(path, held, new SqliteWriter(writer), new SqliteReader(reader));
        }
        catch (Exception error)
        {
            reader?.Dispose();
            writer?.Dispose();
            held?.Dispose();
            throw Explain(path, error);
        }
    }

    public FarmRows Load() => Guard(() => _reader.Load());

    public void Commit(IReadOnlyList<RowBatch> batches) => Guard(() =>
    {
        if (batches.Any(batch => !batch.IsEmpty))
        {
            _writer.Commit(batches);
        }
        return true;
    });

    public IReadOnlyList<EventRow> Events(long job, long afterSequence, int limit) => Guard(() => _reader.Events(job, afterSequence, limit));

    public EventPage Find(EventQuery query, int limit) => Guard(() => _reader.Find(query, limit));

    public EventSpan Span(long beforeMs) => Guard(() => _reader.Span(beforeMs));

    public void Dispose()
    {
        _reader.Dispose();
        _writer.Dispose();
        _lock.Dispose();
    }

    private static SqliteConnection Connect(string path)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadWriteCreate, Pooling = false }.ToString());
        connection.Open();
        return connection;
    }

    private T Guard<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception error)
        {
            throw Explain(_path, error);
        }
    }

    private static StoreException Explain(string path, Exception error) => error switch
    {
        StoreException known => known,
        SqliteException sqlite => new StoreException(Sentence(path, sqlite), error),
        UnauthorizedAccessException => new StoreException($"the store {path} may not be opened by this account: {error.Message}; run the supervisor as the owner of its state folder", error),
        IOException => new StoreException($"the store {path} cannot be reached: {error.Message}; mend that and start the supervisor again", error),
        _ => new StoreException($"the store {path} refused a batch: {error.Message}; nothing of it was kept", error),
    };

    private static string Sentence(string path, SqliteException error) => (error.SqliteErrorCode & 0xff) switch
    {
        SQLitePCL.raw.SQLITE_FULL => $"the store {path} cannot grow: its disk is full; free space there and start the supervisor again, nothing that was confirmed is lost",
        SQLitePCL.raw.SQLITE_IOERR => $"the disk of the store {path} failed ({error.Message}); check the disk and its free space, then start the supervisor again",
        SQLitePCL.raw.SQLITE_CORRUPT => $"the store {path} is damaged ({error.Message}); keep the file, and put back a backup",
        SQLitePCL.raw.SQLITE_NOTADB => $"the file {path} is not a store of Quern; name another state folder, or move that file away",
        SQLitePCL.raw.SQLITE_READONLY or SQLitePCL.raw.SQLITE_CANTOPEN or SQLitePCL.raw.SQLITE_PERM or SQLitePCL.raw.SQLITE_AUTH =>
            $"the store {path} cannot be written ({error.Message}); give its folder to the supervisor's account, on a file system that is mounted for writing",
        SQLitePCL.raw.SQLITE_BUSY or SQLitePCL.raw.SQLITE_LOCKED => $"the store {path} is held by another program ({error.Message}); close that program and start the supervisor again",
        _ => $"the store {path} failed ({error.Message}, code {error.SqliteErrorCode}); start the supervisor again, and report this if it stays",
    };
}
