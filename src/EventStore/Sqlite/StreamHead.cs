namespace Cqrs.EventStore.Sqlite;

/// <summary>Where a stream ends: as the writer sees it inside its transaction, and as it is committed.</summary>
/// <param name="nameHash">Of the name (<see cref="Sqlite.NameHash"/>).</param>
internal sealed class StreamHead(string name, long nameHash, long stream, long lastVersion)
{
    private long _committed = lastVersion;
    private volatile bool _isReplaced;

    public string Name { get; } = name;

    public long NameHash { get; } = nameHash;

    /// <summary>Position of the first event; 0 while there is none. The writer's.</summary>
    public long Stream { get; set; } = stream;

    /// <summary>Version of the newest event, −1 when there is none; inside a transaction with what it has taken. The writer's.</summary>
    public long LastVersion { get; set; } = lastVersion;

    /// <summary>Version of the newest committed event, for every thread.</summary>
    public long Committed => Volatile.Read(ref _committed);

    /// <summary>Another object stands for the stream now, and this one will not hear of what happens to it.</summary>
    public bool IsReplaced => _isReplaced;

    /// <summary>The next in its place of the one <see cref="HeadTable"/> that it is in.</summary>
    public StreamHead? Next { get; set; }

    /// <summary>The transaction is committed.</summary>
    public void Publish() => Volatile.Write(ref _committed, LastVersion);

    /// <summary>Another object for the same stream, which no transaction is changing, in the place of this one.</summary>
    public StreamHead Replace()
    {
        _isReplaced = true;
        return new(Name, NameHash, Stream, LastVersion);
    }
}
