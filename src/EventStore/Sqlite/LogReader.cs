using Cqrs.EventStore.Log;

namespace Cqrs.EventStore.Sqlite;

/// <summary>One connection that reads. Used by one thread at a time; see <see cref="ReaderPool{TReader}"/>.</summary>
internal sealed class LogReader : IDisposable
{
    private const string StreamColumns = "SELECT position, version, type, created, json, id, data, metadata FROM events WHERE stream = ?1 AND version";

    private readonly SqliteConnectionHandle _connection;
    private readonly NameLookup _names;
    private readonly LabelLookup _labels;
    private readonly LogMemory _memory;
    private readonly AllReader _all;
    private readonly Statement _lastVersion;
    private readonly Statement _forwards;
    private readonly Statement _backwards;

    public LogReader(SqliteConnectionHandle connection, StreamNames names, Labels labels, LogMemory memory)
    {
        _memory = memory;
        _connection = connection;
        _names = new NameLookup(connection, names);
        _labels = new LabelLookup(connection, labels);
        _all = new AllReader(connection, _labels);
        _lastVersion = connection.Prepare("SELECT version, position FROM events WHERE stream = ?1 ORDER BY version DESC LIMIT 1");
        _forwards = connection.Prepare($"{StreamColumns} >= ?2 ORDER BY version LIMIT ?3");
        _backwards = connection.Prepare($"{StreamColumns} <= ?2 ORDER BY version DESC LIMIT ?3");
    }

    public long Head()
    {
        var head = _names.Head();
        _memory.Shown(head);
        return head;
    }

    public LogPage ReadAll(LogPosition from, int maxCount, LogFilter? filter, ReadDirection direction)
    {
        var page = _all.Read(from.Value, maxCount, filter, direction, out var head);
        _memory.Shown(head);
        return page;
    }

    public StreamSlice ReadStream(string name, long fromVersion, int maxCount, ReadDirection direction)
    {
        // Taken before looking; what is learned of a stream holds if it is the same thereafter.
        var learns = _memory.TryHead(out _);
        var generation = _memory.Heads.Generation;
        if (_names.Find(name) is not { } stream)
        {
            if (learns) _memory.Heads.Learn(name, stream: 0, StreamVersion.None, generation);
            return new StreamSlice([], StreamVersion.None, IsEnd: true);
        }

        // Left open on its row, so that both statements see the same snapshot.
        if (!_lastVersion.Bind(1, stream).Step()) throw _connection.Failure(SQLitePCL.raw.SQLITE_CORRUPT);
        try
        {
            var last = _lastVersion.Int64(0);
            _memory.Shown(_lastVersion.Int64(1));
            if (learns) _memory.Heads.Learn(name, stream, last, generation);
            var forwards = direction == ReadDirection.Forwards;
            var first = forwards ? Math.Max(0, fromVersion) : Math.Min(last, fromVersion);
            if (forwards ? first > last : first < 0) return new StreamSlice([], last, IsEnd: true);
            var events = Read(forwards ? _forwards : _backwards, stream, name, first, maxCount);
            var end = events[^1].Version == (forwards ? last : 0);
            return new StreamSlice(events, last, end);
        }
        finally
        {
            _lastVersion.Reset();
        }
    }

    public void Dispose() => _connection.Dispose();

    private List<RecordedEvent> Read(Statement statement, long stream, string name, long first, int maxCount)
    {
        var events = new List<RecordedEvent>();
        statement.Bind(1, stream).Bind(2, first).Bind(3, maxCount);
        try
        {
            while (statement.Step())
            {
                var (data, metadata) = Payload.Copy(statement.Bytes(6), statement.Bytes(7));
                events.Add(new RecordedEvent(
                    new LogPosition(statement.Int64(0)), name, statement.Int64(1), EventId.Read(statement.Bytes(5)),
                    _labels.Text(statement.Int64(2)), new DateTimeOffset(statement.Int64(3), TimeSpan.Zero),
                    data, metadata, statement.Int64(4) != 0));
            }
        }
        finally
        {
            statement.Reset();
        }

        return events;
    }
}
