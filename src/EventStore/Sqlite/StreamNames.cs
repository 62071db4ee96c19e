using System.Text;

namespace Cqrs.EventStore.Sqlite;

/// <summary>
/// Which stream (known by the position of its first event) has which name: in memory for the streams begun lately,
/// in the table <c>stream_names</c> for the others. Shared by the connections of one log; holds nothing uncommitted.
/// </summary>
/// <remarks>
/// The names are random, so an index on them costs a random page for each new stream. Kept in memory and merged many
/// at a time in the order of the index (<see cref="NameMerger"/>), neighbours share a page.
/// </remarks>
internal sealed class StreamNames(int perGeneration)
{
    private const int CachedNames = 32_768;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, long> _cache = [];
    private Dictionary<string, long> _young = [];
    private Dictionary<string, long>? _merging;
    private long _seenTo = -1;

    /// <summary>Streams begun up to this position are in memory or in the table; −1 before the first look.</summary>
    public long SeenTo => Volatile.Read(ref _seenTo);

    public bool TryFind(string name, out long stream)
    {
        lock (_gate)
        {
            return _young.TryGetValue(name, out stream)
                || (_merging?.TryGetValue(name, out stream) ?? false)
                || _cache.TryGetValue(name, out stream);
        }
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

    /// <summary>Takes the committed streams begun between the last call's <paramref name="seenTo"/> and this one's.</summary>
    public void Add(IReadOnlyList<(string Name, long Stream)> begun, long seenTo)
    {
        lock (_gate)
        {
            for (var i = 0; i < begun.Count; i++) _young[begun[i].Name] = begun[i].Stream;
            if (seenTo > _seenTo) Volatile.Write(ref _seenTo, seenTo);
        }
    }

    /// <summary>Another process has merged the streams begun up to <paramref name="mergedTo"/>: they need no memory here.</summary>
    public void MergedElsewhere(long mergedTo)
    {
        lock (_gate)
        {
            if (_seenTo < mergedTo) Volatile.Write(ref _seenTo, mergedTo);
            if (_young.Count < perGeneration) return;
            _young = _young.Where(entry => entry.Value > mergedTo).ToDictionary(entry => entry.Key, entry => entry.Value);
        }
    }

    /// <summary>The young names become the merging ones, and are answered.</summary>
    public IReadOnlyCollection<KeyValuePair<string, long>> BeginMerge()
    {
        lock (_gate)
        {
            _merging = _young;
            _young = new Dictionary<string, long>(perGeneration);
            return _merging;
        }
    }

    /// <summary>The merging names are in the table, and that is committed.</summary>
    public void EndMerge()
    {
        lock (_gate) _merging = null;
    }

    /// <summary>FNV-1a with 64 bits (draft-eastlake-fnv) of the name in UTF-8. Part of the file format.</summary>
    public static long Hash(string name)
    {
        var size = Encoding.UTF8.GetMaxByteCount(name.Length);
        Span<byte> utf8 = size <= 1_024 ? stackalloc byte[size] : new byte[size];
        var hash = 14695981039346656037UL;
        foreach (var b in utf8[..Encoding.UTF8.GetBytes(name, utf8)]) hash = (hash ^ b) * 1099511628211UL;
        return unchecked((long)hash);
    }
}
