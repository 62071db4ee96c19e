using System.Buffers.Text;
using Cqrs.Domain.Mailboxes;
using Cqrs.EventStore.Sqlite;

namespace Cqrs.Messaging.Mailboxes;

/// <summary>One connection that reads items, its statements prepared. Used by one thread at a time.</summary>
internal sealed class MailboxReader : IDisposable
{
    public const string Columns = "SELECT video, seenVideo, seenStatus, ttl, changed, version FROM mailboxes WHERE k = ?1";

    /// <summary>Length of a name's text, bytes.</summary>
    public const int NameLength = 22;

    private readonly SqliteConnectionHandle _connection;
    private readonly Statement _begin;
    private readonly Statement _item;
    private readonly Statement _end;
    private readonly Statement _expired;

    public MailboxReader(SqliteConnectionHandle connection)
    {
        _connection = connection;
        _begin = connection.Prepare("BEGIN");
        _item = connection.Prepare(Columns);
        _end = connection.Prepare("COMMIT");
        _expired = connection.Prepare("SELECT k FROM mailboxes WHERE k > ?1 AND ttl <= ?2 ORDER BY k LIMIT ?3");
    }

    /// <summary>All items in one transaction: SQLite takes its locks once, and all are of one moment.</summary>
    /// <param name="now">Seconds since 1970; what has expired by then is not there.</param>
    public Poll Poll(BitName bit, ReadOnlySpan<MailboxName> mailboxes, long now)
    {
        _begin.Run();
        try
        {
            var states = mailboxes.IsEmpty ? [] : new MailboxState[mailboxes.Length];
            Span<byte> key = stackalloc byte[NameLength];
            for (var i = 0; i < states.Length; i++) states[i] = State(_item, Key(mailboxes[i], key), now);
            var found = Bit(bit);
            return new(found is { Changed: true }, found?.Version ?? 0, states);
        }
        finally
        {
            _end.Run();
        }
    }

    /// <returns>Null for a bit that was never set.</returns>
    public (bool Changed, long Version)? Bit(BitName bit)
    {
        try
        {
            return _item.BindText(1, Key(bit, stackalloc byte[NameLength])).Step() ? (_item.Int64(4) != 0, _item.Int64(5)) : null;
        }
        finally
        {
            _item.Reset();
        }
    }

    /// <summary>Keys after <paramref name="after"/> of items that have expired, in order.</summary>
    public IReadOnlyList<string> Expired(string after, long now, int max)
    {
        var keys = new List<string>();
        _expired.BindText(1, after).Bind(2, now).Bind(3, max);
        try
        {
            while (_expired.Step()) keys.Add(_expired.Text(0));
            return keys;
        }
        finally
        {
            _expired.Reset();
        }
    }

    public void Dispose() => _connection.Dispose();

    /// <summary>What <see cref="Columns"/> finds under a key.</summary>
    internal static MailboxState State(Statement item, ReadOnlySpan<byte> key, long now)
    {
        try
        {
            if (!item.BindText(1, key).Step() || item.Int64(3) <= now) return default;

            // NULL reads as 0, which is no time stamp of a video.
            var (video, seen) = (item.Int64(0), item.Int64(1));
            return new(
                video == 0 ? null : video,
                seen == 0 ? null : new(seen, item.Bytes(2).SequenceEqual("viewed"u8) ? SeenStatus.Viewed : SeenStatus.Downloaded));
        }
        finally
        {
            item.Reset();
        }
    }

    internal static ReadOnlySpan<byte> Key(BitName name, Span<byte> text) => Key(new MailboxName(name.Value), text);

    internal static ReadOnlySpan<byte> Key(MailboxName name, Span<byte> text)
    {
        Span<byte> bytes = stackalloc byte[MailboxName.Size];
        name.Write(bytes);
        Base64Url.EncodeToUtf8(bytes, text, out _, out var written);
        return text[..written];
    }
}
