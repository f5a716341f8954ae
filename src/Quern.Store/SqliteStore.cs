using System.Globalization;
using Microsoft.Data.Sqlite;
using Quern.Core;

namespace Quern.Store;

/// <summary>
/// The farm in one SQLite file: write-ahead log, every commit synced. A lock file beside it keeps a second supervisor out. Queries use
/// connections of their own and see the last commit.
/// </summary>
public sealed class SqliteStore : IFarmStore
{
    private readonly string path;
    private readonly FileStream lockFile;
    private readonly SqliteConnection writer;
    private readonly SqliteWriter rows;

    private SqliteStore(string path, FileStream lockFile, SqliteConnection writer)
    {
        (this.path, this.lockFile, this.writer) = (path, lockFile, writer);
        rows = new SqliteWriter(writer);
    }

    /// <summary>Opens the store of <paramref name="folder"/>, making or upgrading it.</summary>
    /// <exception cref="StoreException">Another supervisor has it, a newer program wrote it, or the disk does not do.</exception>
    public static SqliteStore Open(string folder)
    {
        var path = Path.Combine(folder, Schema.FileName);
        var lockFile = TakeLock(path);
        SqliteConnection? connection = null;
        try
        {
            connection = Connect(path, SqliteOpenMode.ReadWriteCreate);
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }

            Execute(connection, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=4000; PRAGMA cache_size=-65536;");
            Migrate(connection, path);
            return new SqliteStore(path, lockFile, connection);
        }
        catch (Exception exception)
        {
            connection?.Dispose();
            lockFile.Dispose();
            throw exception as StoreException ?? Wrap("open the store", path, exception);
        }
    }

    public FarmRows Load()
    {
        try
        {
            return SqliteReader.Load(writer);
        }
        catch (SqliteException exception)
        {
            throw Wrap("read the store", path, exception);
        }
    }

    public void Commit(IReadOnlyList<RowBatch> batches)
    {
        try
        {
            using var transaction = writer.BeginTransaction(deferred: false);
            foreach (var batch in batches)
            {
                rows.Write(batch, transaction);
            }

            transaction.Commit();
        }
        catch (Exception exception) when (exception is SqliteException or InvalidOperationException or ArgumentException)
        {
            throw Wrap("commit to the store", path, exception);
        }
    }

    public IReadOnlyList<EventRow> Events(long job, long afterSequence, int limit)
    {
        using var connection = Connect(path, SqliteOpenMode.ReadOnly);
        return SqliteReader.Events(connection, job, afterSequence, limit);
    }

    public void Dispose()
    {
        rows.Dispose();
        writer.Dispose();
        SqliteConnection.ClearAllPools();
        lockFile.Dispose();
    }

    private static FileStream TakeLock(string path)
    {
        try
        {
            return new FileStream(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception)
        {
            throw new StoreException($"the store '{path}' is in use by another supervisor: stop that one, or start this one with a --state of its own", exception);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new StoreException($"the store '{path}' may not be opened by this account: start the supervisor as the owner of its state", exception);
        }
    }

    private static SqliteConnection Connect(string path, SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = mode == SqliteOpenMode.ReadOnly }.ToString());
        connection.Open();
        return connection;
    }

    private static void Migrate(SqliteConnection connection, string path)
    {
        var version = Convert.ToInt32(Scalar(connection, "PRAGMA user_version"), CultureInfo.InvariantCulture);
        if (version > Schema.Steps.Count)
        {
            throw new StoreException($"the store '{path}' was written by a newer Quern (version {version} of the tables, this one knows {Schema.Steps.Count}): start that one, or restore the backup made before the upgrade", null);
        }

        if (version > 0 && version < Schema.Steps.Count)
        {
            Execute(connection, $"VACUUM INTO '{path.Replace("'", "''", StringComparison.Ordinal)}.before-{Schema.Steps.Count}'");
        }

        for (var step = version; step < Schema.Steps.Count; step++)
        {
            Execute(connection, $"BEGIN IMMEDIATE; {Schema.Steps[step]} PRAGMA user_version={step + 1}; COMMIT;");
        }
    }

    private static StoreException Wrap(string operation, string path, Exception exception)
    {
        var remedy = exception is SqliteException { SqliteErrorCode: 13 } ? "the disk is full: free space there and start the supervisor again"
            : exception is SqliteException { SqliteErrorCode: 11 or 26 } ? "the file is damaged: restore a backup of the state folder"
            : "check the disk and the rights of the state folder, then start the supervisor again";
        return new StoreException($"{operation} '{path}': {exception.Message}; {remedy}", exception);
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Only constant texts and the checked path of the store come here.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    private static object? Scalar(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Constant texts only.
        command.CommandText = sql;
#pragma warning restore CA2100
        return command.ExecuteScalar();
    }
}
