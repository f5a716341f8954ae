using Microsoft.Data.Sqlite;
using Quern.Core;

namespace Quern.Store;

/// <summary>Reads rows back as they were written.</summary>
internal static class SqliteReader
{
    public static FarmRows Load(SqliteConnection connection) => new(
        Read(connection, "SELECT * FROM jobs ORDER BY id", r => new JobRow(r.GetInt64(0), r.GetString(1), r.GetString(2))),
        Read(connection, "SELECT * FROM instances ORDER BY job, sub", r => new InstanceRow(
            r.GetInt64(0), r.GetInt32(1), r.GetInt32(2), r.GetInt32(3), r.GetInt32(4), r.GetInt32(5), r.GetInt64(6), r.GetInt64(7), r.GetInt64(8),
            r.GetString(9), r.GetString(10), r.GetString(11), r.GetString(12), r.GetInt64(13), r.GetInt64(14), r.GetInt32(15))),
        Read(connection, "SELECT * FROM items ORDER BY job, item", r => new ItemRow(
            r.GetInt64(0), r.GetInt32(1), r.GetInt32(2), r.GetInt32(3), r.GetInt32(4), r.GetInt32(5), r.GetInt32(6), r.GetInt32(7), r.GetString(8),
            r.GetInt64(9), r.GetInt64(10))),
        Read(connection, "SELECT * FROM workers ORDER BY id", r => new WorkerRow(r.GetInt32(0), r.GetString(1), r.GetString(2), r.GetInt64(3))),
        Read(connection, "SELECT * FROM requests ORDER BY id", r => new RequestRow(r.GetString(0), r.GetInt64(1), r.GetString(2))),
        Read(connection, "SELECT * FROM settings ORDER BY key", r => new SettingRow(r.GetString(0), r.GetString(1))),
        Read(connection, "SELECT coalesce(max(sequence),0) FROM events", r => r.GetInt64(0))[0],
        Read(connection, "SELECT value FROM counters WHERE name='last_job'", r => r.GetInt64(0))[0]);

    public static IReadOnlyList<EventRow> Events(SqliteConnection connection, long job, long after, int limit)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT * FROM events WHERE job=$0 AND sequence>$1 ORDER BY sequence LIMIT $2";
        command.Parameters.AddWithValue("$0", job);
        command.Parameters.AddWithValue("$1", after);
        command.Parameters.AddWithValue("$2", limit);
        return ReadAll(command, r => new EventRow(r.GetInt64(0), r.GetInt64(1), r.GetInt64(2), r.GetInt32(3), r.GetString(4), r.GetString(5), r.GetString(6), r.GetString(7)));
    }

    private static List<T> Read<T>(SqliteConnection connection, string sql, Func<SqliteDataReader, T> make)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Constant texts of this file only.
        command.CommandText = sql;
#pragma warning restore CA2100
        return ReadAll(command, make);
    }

    private static List<T> ReadAll<T>(SqliteCommand command, Func<SqliteDataReader, T> make)
    {
        using var reader = command.ExecuteReader();
        var list = new List<T>();
        while (reader.Read())
        {
            list.Add(make(reader));
        }

        return list;
    }
}
