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
/// <param name="taken">What the transaction has taken so far, in order.</param>
internal sealed class AppendRule(SqliteConnectionHandle connection, StreamIndex index, List<RecordedEvent> taken)
{
    /// <summary>How far back an append without a version looks for itself.</summary>
    public const int LookBack = 1_000;

    private readonly StreamRows _rows = new(connection, "e.id, e.version, e.position");

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
            if (FindBack(head, request.Events[0].Id) is not { } version) return Verdict.Append;
            return AreThere(head, version, request.Events, out first) ? Verdict.AlreadyThere : Verdict.Conflict;
        }

        if (expected.Value == head.LastVersion) return Verdict.Append;
        if (expected.Value > head.LastVersion) return Verdict.Conflict;
        return AreThere(head, expected.Value + 1, request.Events, out first) ? Verdict.AlreadyThere : Verdict.Conflict;
    }

    private long? FindBack(StreamHead head, Guid id)
    {
        foreach (var (known, version, _) in Backwards(head, Math.Max(0, head.LastVersion - LookBack + 1)))
            if (known == id) return version;
        return null;
    }

    private bool AreThere(StreamHead head, long fromVersion, IReadOnlyList<EventToAppend> events, out Appended first)
    {
        var same = 0;
        var position = 0L;
        foreach (var (id, _, at) in Forwards(head, fromVersion, Math.Min(head.LastVersion, fromVersion + events.Count - 1)))
        {
            if (id != events[same].Id) break;
            position = at;
            same++;
        }

        first = new Appended(fromVersion + events.Count - 1, new LogPosition(position), AlreadyThere: true);
        return same == events.Count;
    }

    private IEnumerable<(Guid Id, long Version, long Position)> Forwards(StreamHead head, long first, long last)
    {
        var committed = Math.Min(last, head.Committed);
        if (first <= committed)
            foreach (var row in _rows.Forwards(head.Stream, index.TailOf(head.Stream), first, committed))
                yield return (EventId.Read(row.Bytes(0)), row.Int64(1), row.Int64(2));
        if (last == committed) yield break;
        foreach (var e in taken)
            if (ReferenceEquals(e.Stream, head.Name) && e.Version >= first && e.Version <= last)
                yield return (e.Id, e.Version, e.Position.Value);
    }

    private IEnumerable<(Guid Id, long Version, long Position)> Backwards(StreamHead head, long first)
    {
        var version = head.LastVersion;
        for (var i = taken.Count - 1; version > head.Committed && version >= first; i--)
        {
            var e = taken[i];
            if (!ReferenceEquals(e.Stream, head.Name)) continue;
            yield return (e.Id, e.Version, e.Position.Value);
            version--;
        }

        if (version < first) yield break;
        foreach (var row in _rows.Backwards(head.Stream, index.TailOf(head.Stream), first, version))
            yield return (EventId.Read(row.Bytes(0)), row.Int64(1), row.Int64(2));
    }
}
