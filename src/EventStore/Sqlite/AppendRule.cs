using Cqrs.EventStore.Log;

namespace Cqrs.EventStore.Sqlite;

/// <summary>
/// Decides an append against the state inside the transaction, as EventStoreDB does (<c>IndexWriter.CheckCommit</c>):
/// <list type="bullet">
/// <item>The expected version is the present one: append.</item>
/// <item>The stream is further: it is the same append again when the events that follow the expected version have
/// exactly its ids; otherwise, also when only some have, a conflict.</item>
/// <item>Any, or the stream exists: it is the same append again when its first id is found among the stream's newest
/// <see cref="LookBack"/> events and the others follow; the first found without the others is a conflict; the first
/// not found is a new append.</item>
/// </list>
/// </summary>
internal sealed class AppendRule(SqliteConnectionHandle connection)
{
    /// <summary>How far back an append without a version looks for itself.</summary>
    public const int LookBack = 1_000;

    private readonly Statement _idsFrom = connection.Prepare(
        "SELECT id, position FROM events WHERE stream = ?1 AND version >= ?2 ORDER BY version LIMIT ?3");

    private readonly Statement _idsBack = connection.Prepare(
        "SELECT id, version FROM events WHERE stream = ?1 ORDER BY version DESC LIMIT ?2");

    public enum Verdict
    {
        Append,
        AlreadyThere,
        Conflict,
    }

    public Verdict Judge(AppendRequest request, StreamHead head, out Appended first)
    {
        first = default;
        var expected = request.Expected;
        if (expected == ExpectedVersion.Any || expected == ExpectedVersion.StreamExists)
        {
            if (head.LastVersion < 0) return expected == ExpectedVersion.Any ? Verdict.Append : Verdict.Conflict;
            if (FindBack(head.Stream, request.Events[0].Id) is not { } version) return Verdict.Append;
            return AreThere(head.Stream, version, request.Events, out first) ? Verdict.AlreadyThere : Verdict.Conflict;
        }

        if (expected.Value == head.LastVersion) return Verdict.Append;
        if (expected.Value > head.LastVersion) return Verdict.Conflict;
        return AreThere(head.Stream, expected.Value + 1, request.Events, out first) ? Verdict.AlreadyThere : Verdict.Conflict;
    }

    private long? FindBack(long stream, Guid id)
    {
        long? version = null;
        _idsBack.Bind(1, stream).Bind(2, LookBack);
        while (version is null && _idsBack.Step())
            if (EventId.Read(_idsBack.Bytes(0)) == id) version = _idsBack.Int64(1);
        _idsBack.Reset();
        return version;
    }

    private bool AreThere(long stream, long fromVersion, IReadOnlyList<EventToAppend> events, out Appended first)
    {
        var same = 0;
        var position = 0L;
        _idsFrom.Bind(1, stream).Bind(2, fromVersion).Bind(3, events.Count);
        while (_idsFrom.Step() && EventId.Read(_idsFrom.Bytes(0)) == events[same].Id)
        {
            position = _idsFrom.Int64(1);
            same++;
        }

        _idsFrom.Reset();
        first = new Appended(fromVersion + events.Count - 1, new LogPosition(position), AlreadyThere: true);
        return same == events.Count;
    }
}
