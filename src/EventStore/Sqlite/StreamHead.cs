namespace Cqrs.EventStore.Sqlite;

/// <summary>Where a stream ends: as the writer sees it inside its transaction, and as it is committed.</summary>
/// <param name="nameHash">Of the name (<see cref="Sqlite.NameHash"/>).</param>
internal sealed class StreamHead(string name, long nameHash, long stream, long lastVersion)
{
    private long _committed = lastVersion;

    public string Name { get; } = name;

    public long NameHash { get; } = nameHash;

    /// <summary>Position of the first event; 0 while there is none. The writer's.</summary>
    public long Stream { get; set; } = stream;

    /// <summary>Version of the newest event, −1 when there is none; inside a transaction with what it has taken. The writer's.</summary>
    public long LastVersion { get; set; } = lastVersion;

    /// <summary>Version of the newest committed event, for every thread.</summary>
    public long Committed => Volatile.Read(ref _committed);

    /// <summary>The next in its place of the one <see cref="HeadTable"/> that it is in.</summary>
    public StreamHead? Next { get; set; }

    /// <summary>The transaction is committed.</summary>
    public void Publish() => Volatile.Write(ref _committed, LastVersion);

    /// <summary>The same outside of a transaction that changes it, for another table.</summary>
    public StreamHead Copy() => new(Name, NameHash, Stream, LastVersion);
}
