using System.Runtime.InteropServices;

namespace Cqrs.EventStore.Sqlite;

/// <summary>
/// Which stream (known by the position of its first event) has which name, and where its versions are: in memory for the
/// newest events, in the tables <c>stream_names</c> and <c>stream_events</c> for the others. Shared by the connections
/// of one log; holds nothing uncommitted.
/// </summary>
/// <remarks>
/// Streams are written to at random, so an index of them costs a random page for each event. Kept in memory and merged
/// many at a time in the order of the tables (<see cref="IndexMerger"/>), neighbours share a page. Whoever asks memory
/// first and the tables afterwards misses nothing: what is merged leaves memory only after it is committed.
/// </remarks>
internal sealed class StreamIndex(int perGeneration)
{
    private const int CachedNames = 32_768;

    private readonly Lock _gate = new();
    private readonly KnownNames _names = new();
    private readonly Dictionary<string, long> _cache = [];
    private FreshStreams _young = new();
    private FreshStreams? _merging;
    private long _mergingTo;
    private long _seenTo = -1;
    private long _forgottenTo;

    /// <summary>All events up to this position are in memory or in the tables; −1 before the first look.</summary>
    public long SeenTo => Volatile.Read(ref _seenTo);

    /// <summary>Whether memory knows what there is of a name.</summary>
    /// <param name="stream">Then its stream, or null when no stream has it.</param>
    public bool TryFind(string name, long hash, out long? stream)
    {
        lock (_gate)
        {
            stream = null;
            if (_names.IsNew(hash)) return true;
            if (!_young.TryFind(name, out var found) && _merging?.TryFind(name, out found) is not true && !_cache.TryGetValue(name, out found))
                return false;
            stream = found;
            return true;
        }
    }

    /// <summary>The part of the table that is to be read so that it need not be asked for new names; null: none, now.</summary>
    public KnownNames.Reading? BeginReading()
    {
        lock (_gate) return _names.BeginReading();
    }

    public void EndReading(KnownNames.Reading reading, List<long>? hashes)
    {
        lock (_gate) _names.EndReading(reading, hashes);
    }

    /// <summary>What memory knows of a stream.</summary>
    public StreamTail TailOf(long stream)
    {
        lock (_gate) return new(_merging?.RunOf(stream) ?? default, _young.RunOf(stream));
    }

    /// <summary>Remembers a name found in the table.</summary>
    public void Remember(string name, long stream)
    {
        lock (_gate)
        {
            if (_cache.Count >= CachedNames) _cache.Clear();
            _cache[name] = stream;
        }
    }

    /// <summary>
    /// Takes the committed events up to <paramref name="seenTo"/> in their order, from any that is not beyond
    /// <see cref="SeenTo"/>; those seen already are passed over.
    /// </summary>
    public void Add(List<IndexEntry> events, long seenTo)
    {
        lock (_gate)
        {
            foreach (var entry in CollectionsMarshal.AsSpan(events))
            {
                if (entry.Position <= _seenTo) continue;
                _young.Add(entry);
                if (entry.NewName is not null) _names.Add(entry.NameHash);
            }

            if (seenTo > _seenTo) Volatile.Write(ref _seenTo, seenTo);
        }
    }

    /// <summary>The tables have all events up to <paramref name="mergedTo"/>, whoever merged them: they need no memory here.</summary>
    public void Merged(long mergedTo)
    {
        lock (_gate)
        {
            if (_seenTo < mergedTo) _names.BeginAnew(allComeBy: mergedTo == 0);
            if (_merging is not null && _mergingTo <= mergedTo) _merging = null;
            if (_seenTo <= mergedTo)
            {
                if (_young.Count > 0) _young = new();
                Volatile.Write(ref _seenTo, mergedTo);
            }
            else if (_young.Count >= perGeneration && _forgottenTo < mergedTo)
            {
                _young = _young.After(mergedTo);
                _forgottenTo = mergedTo;
            }
        }
    }

    /// <summary>What is in memory becomes what is merging, and is answered. It is known until <see cref="Merged"/> says so.</summary>
    /// <param name="to">Position of the newest event in it.</param>
    public FreshStreams BeginMerge(out long to)
    {
        lock (_gate)
        {
            // Not over one that was begun in vain: what it holds is in no table yet.
            if (_merging is null) (_merging, _mergingTo, _young) = (_young, _seenTo, new());
            to = _mergingTo;
            return _merging;
        }
    }
}
