using Cqrs.EventStore.Log;

namespace Cqrs.EventStore.Sqlite;

/// <summary>One connection that reads. Used by one thread at a time; see <see cref="ReaderPool{TReader}"/>.</summary>
internal sealed class LogReader : IDisposable
{
    private readonly SqliteConnectionHandle _connection;
    private readonly StreamIndex _index;
    private readonly IndexLookup _lookup;
    private readonly LabelLookup _labels;
    private readonly LogMemory _memory;
    private readonly AllReader _all;
    private readonly StreamRows _rows;

    public LogReader(SqliteConnectionHandle connection, StreamIndex index, Labels labels, LogMemory memory)
    {
        _memory = memory;
        _connection = connection;
        _index = index;
        _lookup = new IndexLookup(connection, index);
        _labels = new LabelLookup(connection, labels);
        _all = new AllReader(connection, _labels);
        _rows = new StreamRows(connection, "e.position, e.version, e.type, e.created, e.json, e.id, e.data, e.metadata");
    }

    public long Head()
    {
        var head = _lookup.Head();
        _memory.Shown(head);
        return head;
    }

    public LogPage ReadAll(LogPosition from, int maxCount, LogFilter? filter, ReadDirection direction)
    {
        var page = _all.Read(from.Value, maxCount, filter, direction, out var head);
        _memory.Shown(head);
        return page;
    }

    public StreamSlice ReadStream(string name, long hash, long fromVersion, int maxCount, ReadDirection direction)
    {
        // Taken before looking; what is learned of a stream holds if it is the same thereafter.
        var learns = _memory.TryHead(out _);
        var generation = _memory.Heads.Generation;
        if (!learns) _memory.Shown(_lookup.LookForNew());
        if (_lookup.Find(name, hash) is not { } stream)
        {
            if (learns) _memory.Heads.Learn(name, hash, stream: 0, StreamVersion.None, generation);
            return new StreamSlice([], StreamVersion.None, IsEnd: true);
        }

        var tail = _index.TailOf(stream);
        var (last, position) = _lookup.LastOf(stream, tail);
        _memory.Shown(position);
        if (learns) _memory.Heads.Learn(name, hash, stream, last, generation);
        var forwards = direction == ReadDirection.Forwards;
        var from = forwards ? Math.Max(0, fromVersion) : Math.Min(last, fromVersion);
        if (forwards ? from > last : from < 0) return new StreamSlice([], last, IsEnd: true);
        var to = forwards ? Math.Min(last, from + maxCount - 1) : Math.Max(0, from - maxCount + 1);
        var rows = forwards ? _rows.Forwards(stream, tail, from, to) : _rows.Backwards(stream, tail, to, from);
        return new StreamSlice(Read(rows, name), last, IsEnd: to == (forwards ? last : 0));
    }

    public void Dispose() => _connection.Dispose();

    private List<RecordedEvent> Read(IEnumerable<Statement> rows, string name)
    {
        var events = new List<RecordedEvent>();
        foreach (var row in rows)
        {
            var (data, metadata) = Payload.Copy(row.Bytes(6), row.Bytes(7));
            events.Add(new RecordedEvent(
                new LogPosition(row.Int64(0)), name, row.Int64(1), EventId.Read(row.Bytes(5)),
                _labels.Text(row.Int64(2)), new DateTimeOffset(row.Int64(3), TimeSpan.Zero),
                data, metadata, row.Int64(4) != 0));
        }

        return events;
    }
}
