namespace Cqrs.EventStore.Sqlite.Integrity;

/// <summary>Compares the index of streams with the events, one event after the other. It lags behind the events.</summary>
internal sealed class IndexVerification
{
    private readonly SqliteConnectionHandle _connection;
    private readonly Statement _version;
    private readonly Statement _name;
    private readonly long _mergedTo;
    private long _entries;

    public IndexVerification(SqliteConnectionHandle connection)
    {
        _connection = connection;
        _version = connection.Prepare("SELECT position FROM stream_events WHERE stream = ?1 AND version = ?2");
        _name = connection.Prepare("SELECT 1 FROM stream_names WHERE hash = ?1 AND stream = ?2");
        _mergedTo = connection.Scalar("SELECT to_position FROM streams_merged");
    }

    /// <summary>What is wrong with the entries of an event; null when nothing is.</summary>
    /// <param name="newName">Name of the stream, when the event is its first.</param>
    public string? Fault(long position, long stream, long version, string? newName)
    {
        var found = _version.Bind(1, stream).Bind(2, version).Number();
        if (found is not null) _entries++;
        if (found is null ? position <= _mergedTo : found != position) return "the index of streams does not lead to this event";
        return newName is not null && position <= _mergedTo && _name.Bind(1, NameHash.Of(newName)).Bind(2, stream).Number() is null
            ? "the index of streams does not have the name of this stream"
            : null;
    }

    /// <summary>What the index has beyond the events; null for nothing. Called after the last event.</summary>
    public (string Text, long MissingFrom)? Extra(long head)
    {
        var newest = Math.Max(_mergedTo, _connection.Scalar("SELECT coalesce(max(position), 0) FROM stream_events"));
        if (newest > head) return ($"the index of streams has an event at position {newest}, the log ends at {head}: its newest events are missing", head + 1);
        return _connection.Scalar("SELECT count(*) FROM stream_events") > _entries ? ("the index of streams has entries of events that do not exist", 0) : null;
    }
}
