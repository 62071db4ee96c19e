using Cqrs.EventStore.Log;

namespace Cqrs.EventStore.Sqlite;

/// <summary>
/// The newest events that this instance has committed, for subscribers: as many as fit into <paramref name="maxBytes"/>,
/// at most <paramref name="maxEvents"/> (a power of two). One thread adds, many read, without locks: an event tells its
/// own position, so a reader sees by what he finds in a slot whether it has been overwritten.
/// </summary>
internal sealed class LogTail(int maxEvents, long maxBytes)
{
    // What an event takes beside its payload.
    private const int Overhead = 200;

    private readonly RecordedEvent?[] _slots = new RecordedEvent?[maxEvents];
    private long _first = 1;
    private long _end = 1;
    private long _bytes;

    /// <summary>Bytes that the events take, roughly.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Events kept.</summary>
    public int Count => (int)(Volatile.Read(ref _end) - Volatile.Read(ref _first));

    /// <summary>Adds a committed event, and lets go of the oldest ones.</summary>
    public void Add(RecordedEvent e)
    {
        // Others wrote in between: what is kept has no holes.
        if (e.Position.Value != _end)
        {
            while (_first < _end) DropFirst();
            _first = _end = e.Position.Value;
        }

        var size = SizeOf(e);
        while (_end - _first == maxEvents || (_bytes + size > maxBytes && _first < _end)) DropFirst();
        Volatile.Write(ref _slots[SlotOf(_end)], e);
        Volatile.Write(ref _end, _end + 1);
        Volatile.Write(ref _bytes, _bytes + size);
    }

    /// <summary>
    /// Matching events after <paramref name="from"/> up to <paramref name="head"/>, at most <paramref name="maxCount"/>;
    /// null when not all of what lies between is here.
    /// </summary>
    public LogPage? Read(long from, long head, int maxCount, LogMatch match)
    {
        if (from >= head) return new LogPage([], new LogPosition(from), IsEnd: true);
        if (head - from > maxEvents) return null;
        List<RecordedEvent>? events = null;
        for (var position = from + 1; position <= head; position++)
        {
            if (Volatile.Read(ref _slots[SlotOf(position)]) is not { } e || e.Position.Value != position) return null;
            if (!match.Matches(e)) continue;
            events ??= new List<RecordedEvent>((int)Math.Min(maxCount, match.IsEverything ? head - from : 8));
            events.Add(e);
            if (events.Count == maxCount) return new LogPage(events, e.Position, position == head);
        }

        return new LogPage(events is null ? [] : events, new LogPosition(head), IsEnd: true);
    }

    private static long SizeOf(RecordedEvent e) => Overhead + e.Data.Length + e.Metadata.Length;

    private void DropFirst()
    {
        ref var slot = ref _slots[SlotOf(_first)];
        Volatile.Write(ref _bytes, _bytes - SizeOf(slot!));
        Volatile.Write(ref slot, null);
        Volatile.Write(ref _first, _first + 1);
    }

    private int SlotOf(long position) => (int)position & (maxEvents - 1);
}
