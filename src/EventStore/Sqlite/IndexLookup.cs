using Cqrs.EventStore.Log;
using SQLitePCL;

namespace Cqrs.EventStore.Sqlite;

/// <summary>Finds streams, and where they end, over one connection.</summary>
internal sealed class IndexLookup(SqliteConnectionHandle connection, StreamIndex index)
{
    // Not joined with the next one: many names that are looked for here are new, and for them the events are not opened.
    private readonly Statement _streams = connection.Prepare("SELECT stream FROM stream_names WHERE hash = ?1");
    private readonly Statement _isNamed = connection.Prepare("SELECT 1 FROM events WHERE position = ?1 AND name = ?2");

    private readonly Statement _names = connection.Prepare("SELECT hash FROM stream_names WHERE hash >= ?1 ORDER BY hash, stream LIMIT 64");

    private readonly Statement _last = connection.Prepare(
        "SELECT version, position FROM stream_events WHERE stream = ?1 ORDER BY version DESC LIMIT 1");

    private readonly Statement _head = connection.Prepare("SELECT max(position) FROM events");
    private readonly Statement _mergedTo = connection.Prepare("SELECT to_position FROM streams_merged");
    private readonly Statement _new = connection.Prepare(
        "SELECT position, stream, version, CASE version WHEN 0 THEN name END FROM events WHERE position > ?1 AND position <= ?2");

    /// <summary>Position of the newest event, 0 when there is none.</summary>
    public long Head() => _head.Number() ?? 0;

    /// <summary>Events up to here are in the tables of the index.</summary>
    public long MergedTo() => _mergedTo.Number() ?? 0;

    /// <summary>The stream, when it was begun before <see cref="StreamIndex.SeenTo"/>.</summary>
    public long? Find(string name, long hash)
    {
        if (index.TryFind(name, hash, out var stream)) return stream;
        if (FindInTable(name, hash) is not { } found)
        {
            ReadNames();
            return null;
        }

        // Begun by another process, and its name is merged already; its versions may not be.
        if (found > index.SeenTo) return null;
        index.Remember(name, found);
        return found;
    }

    /// <summary>The newest version of a stream and its position, as of <see cref="StreamIndex.SeenTo"/>.</summary>
    /// <param name="tail">Taken from memory before.</param>
    public (long Version, long Position) LastOf(long stream, in StreamTail tail)
    {
        if (!tail.IsEmpty) return (tail.Last, tail.PositionOf(tail.Last));
        try
        {
            if (!_last.Bind(1, stream).Step()) throw connection.Failure(raw.SQLITE_CORRUPT);
            return (_last.Int64(0), _last.Int64(1));
        }
        finally
        {
            _last.Reset();
        }
    }

    /// <summary>Looks for events that nobody of this process has seen.</summary>
    /// <returns>Position of the newest event.</returns>
    public long LookForNew()
    {
        var head = Head();
        if (head > index.SeenTo) LookAtNew(head);
        return head;
    }

    /// <summary>Reads what the index has to know of the events since anyone of this process looked last.</summary>
    public void LookAtNew(long head)
    {
        index.Merged(MergedTo());
        var events = new List<IndexEntry>();
        _new.Bind(1, index.SeenTo).Bind(2, head);
        try
        {
            while (_new.Step())
            {
                var name = _new.IsNull(3) ? null : _new.Text(3);
                events.Add(new(_new.Int64(0), _new.Int64(1), _new.Int64(2), name, name is null ? 0 : NameHash.Of(name)));
            }
        }
        finally
        {
            _new.Reset();
        }

        index.Add(events, head);
    }

    private long? FindInTable(string name, long hash)
    {
        _streams.Bind(1, hash);
        try
        {
            while (_streams.Step())
            {
                var stream = _streams.Int64(0);
                if (_isNamed.Bind(1, stream).BindText(2, name).Number() is not null) return stream;
            }

            return null;
        }
        finally
        {
            _streams.Reset();
        }
    }

    /// <summary>After a look in vain: reads a few more names, so that such looks come to an end.</summary>
    private void ReadNames()
    {
        if (index.BeginReading() is not { } reading) return;
        List<long>? read = null;
        try
        {
            var hashes = new List<long>();
            _names.Bind(1, reading.From);
            while (_names.Step()) hashes.Add(_names.Int64(0));
            read = hashes;
        }
        catch (EventLogException)
        {
            // Nobody asked for these names; whoever does is told.
        }
        finally
        {
            _names.Reset();
            index.EndReading(reading, read);
        }
    }
}
