namespace Cqrs.EventStore.Sqlite;

/// <summary>Where a stream ends, as the writer sees it inside its transaction.</summary>
internal sealed class StreamHead
{
    /// <summary>Position of the first event; 0 while there is none.</summary>
    public long Stream { get; set; }

    /// <summary>Version of the newest event, −1 when there is none.</summary>
    public long LastVersion { get; set; } = -1;
}

/// <summary>The writer's memory of where streams end. Must be forgotten when a transaction fails or another process writes.</summary>
internal sealed class StreamHeads(SqliteConnectionHandle connection, NameLookup names)
{
    private const int Remembered = 65_536;

    private readonly Dictionary<string, StreamHead> _heads = [];
    private readonly Statement _lastVersion = connection.Prepare(
        "SELECT version FROM events WHERE stream = ?1 ORDER BY version DESC LIMIT 1");

    public StreamHead Of(string name)
    {
        if (_heads.TryGetValue(name, out var head)) return head;
        head = new StreamHead();
        if (names.FindSeen(name) is { } stream)
        {
            head.Stream = stream;
            head.LastVersion = _lastVersion.Bind(1, stream).Number() ?? -1;
        }

        _heads[name] = head;
        return head;
    }

    public void Forget() => _heads.Clear();

    /// <summary>Called between transactions only: inside one, the heads of new streams are known nowhere else.</summary>
    public void ForgetIfMany()
    {
        if (_heads.Count > Remembered) _heads.Clear();
    }
}
