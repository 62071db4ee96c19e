namespace Cqrs.EventStore.Sqlite;

/// <summary>Finds streams by name over one connection.</summary>
internal sealed class NameLookup(SqliteConnectionHandle connection, StreamNames names)
{
    private readonly Statement _find = connection.Prepare(
        "SELECT n.stream FROM stream_names n CROSS JOIN events e ON e.position = n.stream WHERE n.hash = ?1 AND e.name = ?2");

    private readonly Statement _head = connection.Prepare("SELECT max(position) FROM events");
    private readonly Statement _mergedTo = connection.Prepare("SELECT to_position FROM stream_names_merged");
    private readonly Statement _begun = connection.Prepare(
        "SELECT position, name FROM events WHERE position > ?1 AND position <= ?2 AND version = 0");

    /// <summary>Position of the newest event, 0 when there is none.</summary>
    public long Head() => _head.Number() ?? 0;

    public long MergedTo() => _mergedTo.Number() ?? 0;

    /// <summary>The stream, when it was begun before <see cref="StreamNames.SeenTo"/>.</summary>
    public long? FindSeen(string name)
    {
        // Memory first: what is merged leaves memory only after it is in the table.
        if (names.TryFind(name, out var stream)) return stream;
        if (_find.Bind(1, StreamNames.Hash(name)).BindText(2, name).Number() is not { } found) return null;
        names.Remember(name, found);
        return found;
    }

    /// <summary>The stream, also when another process began it a moment ago. For connections without a transaction.</summary>
    public long? Find(string name)
    {
        // Taken before the look: what another thread adds meanwhile has to be looked for again.
        var seen = names.SeenTo;
        if (FindSeen(name) is { } stream) return stream;
        var head = Head();
        if (head <= seen) return null;
        if (head > names.SeenTo) LookAtNew(head);
        return FindSeen(name);
    }

    /// <summary>Reads the names of the streams begun since anyone of this process looked last.</summary>
    public void LookAtNew(long head)
    {
        names.MergedElsewhere(MergedTo());
        var begun = new List<(string, long)>();
        _begun.Bind(1, names.SeenTo).Bind(2, head);
        while (_begun.Step()) begun.Add((_begun.Text(1), _begun.Int64(0)));
        _begun.Reset();
        names.Add(begun, head);
    }
}
