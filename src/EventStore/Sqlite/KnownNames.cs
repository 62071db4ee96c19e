namespace Cqrs.EventStore.Sqlite;

/// <summary>
/// A filter of the names of all streams begun up to <see cref="StreamIndex.SeenTo"/>, so that a new one needs no look into
/// the table. What is new comes by itself; what the table had before is read by those who looked there in vain, each a
/// little, in the order of the table. Part of <see cref="StreamIndex"/>, under its lock.
/// </summary>
internal sealed class KnownNames
{
    private NameFilter _filter = new();
    private long? _unreadFrom = long.MinValue;
    private Reading? _reading;

    /// <summary>A part of the table that somebody reads.</summary>
    public sealed class Reading(long from)
    {
        /// <summary>The least hash.</summary>
        public long From { get; } = from;
    }

    public void Add(long hash) => _filter.Add(hash);

    public bool IsNew(long hash) => _unreadFrom is null && !_filter.MayHave(hash);

    /// <summary>The part to be read next; null when all is read, or somebody is reading.</summary>
    public Reading? BeginReading() => _unreadFrom is { } from && _reading is null ? _reading = new Reading(from) : null;

    /// <param name="hashes">The part in its order; empty when nothing was left, null when it could not be read.</param>
    public void EndReading(Reading reading, List<long>? hashes)
    {
        if (!ReferenceEquals(reading, _reading)) return;
        _reading = null;
        if (hashes is null) return;
        foreach (var hash in hashes) _filter.Add(hash);
        _unreadFrom = hashes.Count == 0 || hashes[^1] == long.MaxValue ? null : hashes[^1] + 1;
    }

    /// <summary>The table may have names that never came by, and whoever is reading it may not have seen them.</summary>
    /// <param name="allComeBy">Nothing has been merged for good yet: the names of all events are still to come.</param>
    public void BeginAnew(bool allComeBy)
    {
        _filter = new NameFilter();
        _unreadFrom = allComeBy ? null : long.MinValue;
        _reading = null;
    }
}
