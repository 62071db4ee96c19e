using Cqrs.EventStore.Log;
using Cqrs.EventStore.Sqlite.Integrity;

namespace Cqrs.EventStore.Sqlite;

/// <summary>One connection that reads. Used by one thread at a time; see <see cref="ReaderPool{TReader}"/>.</summary>
internal sealed class LogReader : IDisposable
{
    private readonly SqliteConnectionHandle _connection;
    private readonly StreamIndex _index;
    private readonly IndexLookup _lookup;
    private readonly EventRow _row;
    private readonly LogMemory _memory;
    private readonly AllReader _all;
    private readonly StreamRows _rows;

    public LogReader(SqliteConnectionHandle connection, StreamIndex index, Labels labels, LogMemory memory)
    {
        _memory = memory;
        _connection = connection;
        _index = index;
        _lookup = new IndexLookup(connection, index);
        var labelLookup = new LabelLookup(connection, labels);
        _row = new EventRow(connection.Path, labelLookup);
        _all = new AllReader(connection, labelLookup, _row);
        _rows = new StreamRows(connection, EventRow.Columns);
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
        // The generation is taken before the look; what is learned of a stream holds if it is the same afterwards.
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
        return new StreamSlice(Read(rows, name, from, forwards ? 1 : -1), last, IsEnd: to == (forwards ? last : 0));
    }

    public void Dispose() => _connection.Dispose();

    private List<RecordedEvent> Read(IEnumerable<Statement> rows, string name, long from, int step)
    {
        var events = new List<RecordedEvent>();
        try
        {
            foreach (var row in rows) events.Add(_row.Read(row, name));
        }
        catch (EventLogException e) when (e is { Code: EventLogErrors.Corrupt, Position: null })
        {
            throw new EventLogException(
                EventLogErrors.Corrupt,
                $"Event log '{_connection.Path}' is damaged: event {from + (step * events.Count)} of stream {name} cannot be read. {DamagedLog.Next}", e)
            {
                Stream = name,
            };
        }

        return events;
    }
}
