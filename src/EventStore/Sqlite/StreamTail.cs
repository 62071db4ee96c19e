namespace Cqrs.EventStore.Sqlite;

/// <summary>Positions of consecutive versions of a stream. It only grows, so a copy stays what it was.</summary>
internal struct VersionRun
{
    private long[]? _positions;

    /// <summary>The first version.</summary>
    public long First { get; private set; }

    public int Count { get; private set; }

    /// <summary>The version after the last.</summary>
    public readonly long End => First + Count;

    public readonly long PositionOf(long version) => _positions![version - First];

    /// <summary>Adds the version <see cref="End"/>, or the first.</summary>
    /// <returns>False when it is there already.</returns>
    public bool Add(long version, long position)
    {
        if (_positions is null) (First, _positions) = (version, new long[1]);
        else if (version < End) return false;
        else if (Count == _positions.Length) Array.Resize(ref _positions, Count * 2);
        _positions[Count++] = position;
        return true;
    }

    /// <summary>What lies beyond the position.</summary>
    public readonly VersionRun After(long position)
    {
        var rest = default(VersionRun);
        for (var version = First; version < End; version++)
            if (PositionOf(version) > position) rest.Add(version, PositionOf(version));
        return rest;
    }
}

/// <summary>
/// The newest versions of a stream, those that may not be in the index yet, and where they are in the log. What is older
/// is in the index of whoever looks there after he got this.
/// </summary>
internal readonly struct StreamTail
{
    private readonly VersionRun _older;
    private readonly VersionRun _newer;

    /// <param name="older">Ends where <paramref name="newer"/> begins, when neither is empty.</param>
    public StreamTail(VersionRun older, VersionRun newer) => (_older, _newer) = newer.Count > 0 ? (older, newer) : (default, older);

    public bool IsEmpty => _newer.Count == 0;

    /// <summary>The first version; of no meaning when there is none.</summary>
    public long First => _older.Count > 0 ? _older.First : _newer.First;

    /// <summary>The newest version; of no meaning when there is none.</summary>
    public long Last => _newer.End - 1;

    public long PositionOf(long version) => version >= _newer.First ? _newer.PositionOf(version) : _older.PositionOf(version);
}
