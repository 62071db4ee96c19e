using Cqrs.Domain.Decisions;
using Cqrs.Domain.Mailboxes;
using Cqrs.EventStore.Sqlite;

namespace Cqrs.Messaging.Mailboxes;

/// <summary>The writing connection and its statements. Used by the writer's thread alone, inside its transactions.</summary>
internal sealed class MailboxRows : IDisposable
{
    private readonly SqliteConnectionHandle _connection;
    private readonly Statement _begin;
    private readonly Statement _commit;
    private readonly Statement _item;
    private readonly Statement _put;
    private readonly Statement _set;
    private readonly Statement _clear;
    private readonly Statement _mark;
    private readonly Statement _marked;
    private readonly Statement _drop;

    public MailboxRows(SqliteConnectionHandle connection)
    {
        _connection = connection;
        _begin = connection.Prepare("BEGIN IMMEDIATE");
        _commit = connection.Prepare("COMMIT");
        _item = connection.Prepare(MailboxReader.Columns);
        _put = connection.Prepare(
            """
            INSERT INTO mailboxes (k, video, seenVideo, seenStatus, at, ttl) VALUES (?1, nullif(?2, 0), nullif(?3, 0), nullif(?4, ''), ?5, ?6)
            ON CONFLICT (k) DO UPDATE SET
                video = excluded.video, seenVideo = excluded.seenVideo, seenStatus = excluded.seenStatus, at = excluded.at, ttl = excluded.ttl
            """);
        _set = connection.Prepare(
            """
            INSERT INTO mailboxes (k, changed, version, at) VALUES (?1, 1, ?2, ?3)
            ON CONFLICT (k) DO UPDATE SET changed = 1, version = excluded.version, at = excluded.at WHERE version < excluded.version
            """);

        // A list may be fetched before its bit was set: the version then keeps the late bit from being set for nothing.
        _clear = connection.Prepare(
            """
            INSERT INTO mailboxes (k, changed, version, at) VALUES (?1, 0, ?2, ?3)
            ON CONFLICT (k) DO UPDATE SET changed = 0, version = excluded.version, at = excluded.at
            WHERE version < excluded.version OR version = excluded.version AND changed = 1
            """);
        _mark = connection.Prepare("UPDATE mark SET position = ?1 WHERE position < ?1");
        _marked = connection.Prepare("SELECT position FROM mark");
        _drop = connection.Prepare("DELETE FROM mailboxes WHERE k = ?1 AND ttl <= ?2");
    }

    /// <param name="isDurable">False: the commit reaches the operating system, and the disk with the next durable one.</param>
    public void Begin(bool isDurable)
    {
        _connection.Execute(isDurable ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
        _begin.Run();
    }

    public void Commit() => _commit.Run();

    public void Undo()
    {
        // SQLite has undone it already where the fault was grave.
        if (_connection.InTransaction) _connection.Execute("ROLLBACK");
    }

    public Refusal? Write(MailboxName mailbox, MailboxChange change, DateTimeOffset now)
    {
        var key = MailboxReader.Key(mailbox, stackalloc byte[MailboxReader.NameLength]);
        var before = MailboxReader.State(_item, key, now.ToUnixTimeSeconds());
        if (before.After(change) is not { } after) return MailboxRefusals.OlderVideo;
        if (after == before) return null;
        _put.BindText(1, key).Bind(2, after.Video ?? 0).Bind(3, after.Seen?.Video ?? 0)
            .BindText(4, after.Seen is { Status: var status } ? Text(status) : ""u8)
            .Bind(5, now.ToUnixTimeMilliseconds()).Bind(6, (now + IMailboxes.Lifetime).ToUnixTimeSeconds()).Run();
        return null;
    }

    public void SetBit(ChangedBit bit, DateTimeOffset now) =>
        _set.BindText(1, MailboxReader.Key(bit.Name, stackalloc byte[MailboxReader.NameLength])).Bind(2, bit.Version).Bind(3, now.ToUnixTimeMilliseconds()).Run();

    public void ClearBit(ChangedBit bit, DateTimeOffset now) =>
        _clear.BindText(1, MailboxReader.Key(bit.Name, stackalloc byte[MailboxReader.NameLength])).Bind(2, bit.Version).Bind(3, now.ToUnixTimeMilliseconds()).Run();

    public long Mark() => _marked.Number() ?? 0;

    public void MoveMark(long position) => _mark.Bind(1, position).Run();

    /// <summary>Sets every bit, at a version before all others, and puts the mark back to the start.</summary>
    /// <returns>How many bits there are.</returns>
    public int StartAgain(DateTimeOffset now)
    {
        using (var set = _connection.Prepare("UPDATE mailboxes SET changed = 1, version = 0, at = ?1 WHERE version IS NOT NULL")) set.Bind(1, now.ToUnixTimeMilliseconds()).Run();
        var count = _connection.Changes;
        _connection.Execute("UPDATE mark SET position = 0");
        return count;
    }

    public void DropExpired(string key, long now) => _drop.BindText(1, key).Bind(2, now).Run();

    public void Dispose() => _connection.Dispose();

    private static ReadOnlySpan<byte> Text(SeenStatus status) => status is SeenStatus.Viewed ? "viewed"u8 : "downloaded"u8;
}
