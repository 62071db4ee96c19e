using System.Text;
using SQLitePCL;

namespace Cqrs.EventStore.Sqlite;

/// <summary>
/// A compiled statement: bind, step through the rows, reset, again. Parameters count from 1, columns from 0, as in
/// SQLite itself. While a statement that was stepped has not been reset, its connection keeps its snapshot of the data.
/// </summary>
public sealed class Statement : IDisposable
{
    private readonly SqliteConnectionHandle _connection;
    private readonly sqlite3_stmt _handle;

    internal Statement(SqliteConnectionHandle connection, sqlite3_stmt handle)
    {
        _connection = connection;
        _handle = handle;
    }

    public Statement Bind(int parameter, long value)
    {
        _connection.Check(raw.sqlite3_bind_int64(_handle, parameter, value));
        return this;
    }

    public Statement Bind(int parameter, ReadOnlySpan<byte> blob)
    {
        // An empty span would be bound as NULL.
        _connection.Check(blob.IsEmpty
            ? raw.sqlite3_bind_zeroblob(_handle, parameter, 0)
            : raw.sqlite3_bind_blob(_handle, parameter, blob));
        return this;
    }

    public Statement BindText(int parameter, ReadOnlySpan<byte> utf8)
    {
        // An empty span would be bound as NULL.
        _connection.Check(utf8.IsEmpty
            ? raw.sqlite3_bind_text(_handle, parameter, "")
            : raw.sqlite3_bind_text(_handle, parameter, utf8));
        return this;
    }

    public Statement BindText(int parameter, string text)
    {
        var size = Encoding.UTF8.GetMaxByteCount(text.Length);
        Span<byte> utf8 = size <= 1_024 ? stackalloc byte[size] : new byte[size];
        return BindText(parameter, utf8[..Encoding.UTF8.GetBytes(text, utf8)]);
    }

    public Statement BindNull(int parameter)
    {
        _connection.Check(raw.sqlite3_bind_null(_handle, parameter));
        return this;
    }

    /// <summary>The number of a named parameter; 0 for a name that does not occur.</summary>
    public int ParameterOf(string name) => raw.sqlite3_bind_parameter_index(_handle, name);

    /// <summary>Whether there is a (next) row. A failure resets the statement.</summary>
    public bool Step()
    {
        var result = raw.sqlite3_step(_handle);
        if (result == raw.SQLITE_ROW) return true;
        if (result == raw.SQLITE_DONE) return false;
        var failure = _connection.Failure(result);
        Reset();
        throw failure;
    }

    /// <summary>Runs a statement that answers no rows.</summary>
    public void Run()
    {
        Step();
        Reset();
    }

    /// <summary>Runs a statement of one row and one number; null when there is no row or no number.</summary>
    public long? Number()
    {
        var number = Step() && !IsNull(0) ? Int64(0) : (long?)null;
        Reset();
        return number;
    }

    // The result repeats the failure that Step has already reported.
    public void Reset() => raw.sqlite3_reset(_handle);

    public int Columns => raw.sqlite3_column_count(_handle);

    public bool IsNull(int column) => raw.sqlite3_column_type(_handle, column) == raw.SQLITE_NULL;

    public long Int64(int column) => raw.sqlite3_column_int64(_handle, column);

    /// <summary>The bytes of a blob, or of a text in UTF-8. Valid until the next step or reset.</summary>
    public ReadOnlySpan<byte> Bytes(int column) => raw.sqlite3_column_blob(_handle, column);

    /// <summary>The value in the type that SQLite holds it in.</summary>
    public object? Value(int column) => raw.sqlite3_column_type(_handle, column) switch
    {
        raw.SQLITE_NULL => null,
        raw.SQLITE_INTEGER => Int64(column),
        raw.SQLITE_FLOAT => raw.sqlite3_column_double(_handle, column),
        raw.SQLITE_TEXT => Text(column),
        _ => Bytes(column).ToArray(),
    };

    public string Text(int column) => Encoding.UTF8.GetString(Bytes(column));

    public void Dispose()
    {
        _connection.Forget(this);
        _handle.Dispose();
    }
}
