using Cqrs.EventStore.Sqlite;

namespace Cqrs.EventStore.Tables;

/// <summary>The rows of a query, one after the other; columns count from 0. What was read is the caller's own.</summary>
public sealed class SqliteRows : IDisposable
{
    private readonly Statement _statement;

    internal SqliteRows(Statement statement) => _statement = statement;

    /// <summary>Moves to the next row, at first to the first; false when there is none.</summary>
    public bool Read() => _statement.Step();

    public int Columns => _statement.Columns;

    public bool IsDBNull(int column) => _statement.IsNull(column);

    public long GetInt64(int column) => _statement.Int64(column);

    public int GetInt32(int column) => checked((int)_statement.Int64(column));

    public string GetString(int column) => _statement.Text(column);

    /// <summary>Null for NULL.</summary>
    public string? Text(int column) => IsDBNull(column) ? null : GetString(column);

    /// <summary>The bytes of a blob, or of a text in UTF-8; valid until the next row.</summary>
    public ReadOnlySpan<byte> Bytes(int column) => _statement.Bytes(column);

    public byte[] Blob(int column) => _statement.Bytes(column).ToArray();

    /// <summary>The value as SQLite holds it: null, a <see cref="long"/>, a <see cref="double"/>, a text or bytes.</summary>
    public object? Value(int column) => _statement.Value(column);

    /// <summary>An id that was stored as 16 bytes in RFC 4122 order.</summary>
    public Guid Id(int column) => new(_statement.Bytes(column), bigEndian: true);

    /// <summary>Ends the reading; its statement may be run again.</summary>
    public void Dispose() => _statement.Reset();
}
