using Cqrs.EventStore.Log;

namespace Cqrs.EventStore.Sqlite;

/// <summary>
/// Decides an append against the state inside the transaction, as EventStoreDB does (<c>IndexWriter.CheckCommit</c>):
/// <list type="bullet">
/// <item>The expected version is the present one: append.</item>
/// <item>The stream is further: it is the same append again when the events that follow the expected version have
/// exactly its ids; otherwise, also when only some have, a conflict.</item>
/// <item>Any, or the stream exists: it is the same append again when all of its ids are found among the stream's newest
/// <see cref="LookBack"/> events, in any order. The first id found without one of the others is a conflict; the first not
/// found is a new append, also when the log has one of the others.</item>
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
            if (!IsAmongNewest(head, request.Events[0].Id)) return Verdict.Append;
            return AreAmongNewest(head, request.Events, out first) ? Verdict.AlreadyThere : Verdict.Conflict;
        }

        if (expected.Value == head.LastVersion) return Verdict.Append;
        if (expected.Value > head.LastVersion) return Verdict.Conflict;
        return AreThere(head, expected.Value + 1, request.Events, out first) ? Verdict.AlreadyThere : Verdict.Conflict;
    }

    private bool IsAmongNewest(StreamHead head, Guid id)
    {
        foreach (var (known, _, _) in Newest(head))
            if (known == id) return true;
        return false;
    }

    /// <param name="last">Where the last of the events is: the answer to the repeated append, as EventStoreDB gives it.</param>
    private bool AreAmongNewest(StreamHead head, IReadOnlyList<EventToAppend> events, out Appended last)
    {
        last = default;
        var missing = events.Select(e => e.Id).ToHashSet();
        foreach (var (id, version, at) in Newest(head))
        {
            if (!missing.Remove(id)) continue;
            if (id == events[^1].Id) last = new Appended(version, new LogPosition(at), AlreadyThere: true);
            if (missing.Count == 0) return true;
        }

        return false;
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

    private IEnumerable<(Guid Id, long Version, long Position)> Newest(StreamHead head) =>
        Backwards(head, Math.Max(0, head.LastVersion - LookBack + 1));

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
