using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Quern.Store;

/// <summary>
/// One prepared statement, used again and again by the thread that holds its connection. Straight on the library: no boxing, no parameter
/// objects, and texts keep their NUL characters.
/// </summary>
internal sealed class Statement : IDisposable
{
    private readonly sqlite3 _connection;
    private readonly sqlite3_stmt _statement;

    public Statement(SqliteConnection connection, string sql)
    {
        _connection = connection.Handle!;
        Check(raw.sqlite3_prepare_v3(_connection, sql, 0, out _statement));
    }

    /// <summary>Binds by position, from 1.</summary>
    public Statement Bind(int position, long value)
    {
        Check(raw.sqlite3_bind_int64(_statement, position, value));
        return this;
    }

    public Statement Bind(int position, string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        Check(raw.sqlite3_bind_text(_statement, position, Encoding.UTF8.GetBytes(value).AsSpan()));
        return this;
    }

    /// <summary>Runs a statement that gives no rows; the rows it changed.</summary>
    public int Run()
    {
        var code = raw.sqlite3_step(_statement);
        raw.sqlite3_reset(_statement);
        Check(code is raw.SQLITE_DONE or raw.SQLITE_ROW ? raw.SQLITE_OK : code);
        return raw.sqlite3_changes(_connection);
    }

    /// <summary>Every row, as <paramref name="read"/> makes it; none left locked.</summary>
    public List<T> All<T>(Func<Statement, T> read)
    {
        var rows = new List<T>();
        try
        {
            while (true)
            {
                var code = raw.sqlite3_step(_statement);
                if (code == raw.SQLITE_DONE)
                {
                    return rows;
                }
                Check(code == raw.SQLITE_ROW ? raw.SQLITE_OK : code);
                rows.Add(read(this));
            }
        }
        finally
        {
            raw.sqlite3_reset(_statement);
        }
    }

    /// <summary>A column of the row being read, from 0.</summary>
    public long Long(int column) => raw.sqlite3_column_int64(_statement, column);

    public int Int(int column) => raw.sqlite3_column_int(_statement, column);

    public string Text(int column) => Encoding.UTF8.GetString(raw.sqlite3_column_blob(_statement, column));

    public void Dispose() => _statement.Dispose();

    private void Check(int code)
    {
        if (code != raw.SQLITE_OK)
        {
            throw new SqliteException(raw.sqlite3_errmsg(_connection).utf8_to_string(), code);
        }
    }
}
