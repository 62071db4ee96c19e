namespace Cqrs.EventStore.Sqlite;

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
