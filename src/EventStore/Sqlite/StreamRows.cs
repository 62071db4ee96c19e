using SQLitePCL;

namespace Cqrs.EventStore.Sqlite;

/// <summary>Reads the events of one stream over one connection: the newest by the positions that memory knows, the others by the index.</summary>
/// <param name="columns">Of the table <c>events</c>, which is called e.</param>
internal sealed class StreamRows(SqliteConnectionHandle connection, string columns)
{
    private readonly Statement _at = connection.Prepare($"SELECT {columns} FROM events e WHERE e.position = ?1");
    private readonly Statement _forwards = connection.Prepare(Indexed(columns, "ASC"));
    private readonly Statement _backwards = connection.Prepare(Indexed(columns, "DESC"));

    /// <summary>The events from version <paramref name="first"/> to <paramref name="last"/>, all of which there are. A row is valid until the next.</summary>
    /// <param name="tail">Taken from memory before.</param>
    public IEnumerable<Statement> Forwards(long stream, StreamTail tail, long first, long last)
    {
        var indexed = tail.IsEmpty ? last : Math.Min(last, tail.First - 1);
        foreach (var row in InIndex(_forwards, stream, first, indexed)) yield return row;
        try
        {
            for (var version = Math.Max(first, indexed + 1); version <= last; version++) yield return At(tail.PositionOf(version));
        }
        finally
        {
            _at.Reset();
        }
    }

    /// <summary>The events from version <paramref name="last"/> down to <paramref name="first"/>, all of which there are. A row is valid until the next.</summary>
    /// <param name="tail">Taken from memory before.</param>
    public IEnumerable<Statement> Backwards(long stream, StreamTail tail, long first, long last)
    {
        var indexed = tail.IsEmpty ? last : Math.Min(last, tail.First - 1);
        try
        {
            for (var version = last; version >= Math.Max(first, indexed + 1); version--) yield return At(tail.PositionOf(version));
        }
        finally
        {
            _at.Reset();
        }

        foreach (var row in InIndex(_backwards, stream, first, indexed)) yield return row;
    }

    private static string Indexed(string columns, string order) =>
        $"SELECT {columns} FROM stream_events i CROSS JOIN events e ON e.position = i.position "
        + $"WHERE i.stream = ?1 AND i.version BETWEEN ?2 AND ?3 ORDER BY i.version {order}";

    private Statement At(long position)
    {
        _at.Reset();
        return _at.Bind(1, position).Step() ? _at : throw connection.Failure(raw.SQLITE_CORRUPT);
    }

    private IEnumerable<Statement> InIndex(Statement statement, long stream, long first, long last)
    {
        if (first > last) yield break;
        statement.Bind(1, stream).Bind(2, first).Bind(3, last);
        try
        {
            var rows = 0L;
            for (; statement.Step(); rows++) yield return statement;
            if (rows <= last - first) throw connection.Failure(raw.SQLITE_CORRUPT);
        }
        finally
        {
            statement.Reset();
        }
    }
}
