using Cqrs.EventStore.Following;
using Cqrs.EventStore.Tables;
using Cqrs.Notifications.Messages;

namespace Cqrs.Notifications.Deliveries;

/// <summary>
/// The deliveries in <c>notifications.db</c>, with the checkpoints of the relays beside them: what a power cut takes
/// away of the one it takes away of the other. Several processes may share the file.
/// </summary>
public sealed class SqliteDeliveries : IDeliveries, ICheckpointStore, IDisposable
{
    public const string FileName = "notifications.db";

    private const int PurgeEvery = 1_000;
    private const string Columns = "id, number, kind, content, state, tries, claimed_at, done_for";

    private readonly Lock _lock = new();
    private readonly SqliteTables _tables;
    private readonly TimeProvider _clock;
    private int _accepted;

    private SqliteDeliveries(SqliteTables tables, TimeProvider clock) => (_tables, _clock) = (tables, clock);

    public static SqliteDeliveries Open(string folder, TimeProvider clock) => new(
        SqliteTables.Open(folder, FileName, $"""
            CREATE TABLE IF NOT EXISTS deliveries (
                number INTEGER PRIMARY KEY AUTOINCREMENT, id BLOB NOT NULL UNIQUE, kind TEXT NOT NULL, content TEXT NOT NULL, topic TEXT,
                state INTEGER NOT NULL, tries INTEGER NOT NULL, at INTEGER NOT NULL, next_at INTEGER NOT NULL, claimed_at INTEGER,
                reason TEXT, done_for TEXT NOT NULL);
            CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (next_at) WHERE state < 3;
            CREATE INDEX IF NOT EXISTS deliveries_by_topic ON deliveries (topic, number) WHERE topic IS NOT NULL;
            CREATE INDEX IF NOT EXISTS deliveries_done ON deliveries (at) WHERE state = 3;
            CREATE INDEX IF NOT EXISTS deliveries_parked ON deliveries (number) WHERE state = 4;
            {CheckpointTable.Schema}
            """),
        clock);

    /// <summary>Opens existing deliveries to read them; also in a folder that cannot be written.</summary>
    public static SqliteDeliveries OpenToRead(string folder, TimeProvider clock) => new(SqliteTables.OpenToRead(Path.Combine(folder, FileName)), clock);

    public ValueTask<IReadOnlyList<IMessage>> AcceptAsync(IReadOnlyList<IMessage> messages, CancellationToken cancel = default)
    {
        var accepted = new List<IMessage>(messages.Count);
        lock (_lock)
        {
            using var transaction = _tables.Begin();
            foreach (var message in messages)
            {
                var added = _tables.Run(
                    """
                    INSERT INTO deliveries (id, kind, content, topic, state, tries, at, next_at, done_for) VALUES ($1, $2, $3, $4, 0, 0, $5, $6, '')
                    ON CONFLICT (id) DO NOTHING
                    """,
                    Blob(message.Id), StoredMessage.KindOf(message), StoredMessage.Write(message), StoredMessage.TopicOf(message),
                    Now(), Now() + Milliseconds(DeliveryTimes.Lost.After(0)));
                if (added == 1) accepted.Add(message);
            }

            PurgeSometimes();
            transaction.Commit();
        }

        return new(accepted);
    }

    public ValueTask<Delivery?> FindAsync(Guid id, CancellationToken cancel = default)
    {
        lock (_lock)
        {
            using var row = _tables.Query($"SELECT {Columns} FROM deliveries WHERE id = $1", Blob(id));
            return new(row.Read() ? Read(row) : null);
        }
    }

    public ValueTask<bool> ClaimAsync(Delivery seen, TimeSpan dueAgainAfter, CancellationToken cancel = default)
    {
        lock (_lock)
        {
            // Whoever claims at the same moment finds another time of claim than the one that he has read.
            return new(_tables.Run(
                """
                UPDATE deliveries SET state = 2, claimed_at = max($2, coalesce(claimed_at, 0) + 1), next_at = $3
                WHERE id = $1 AND state < 3 AND state = $4 AND claimed_at IS $5
                """,
                Blob(seen.Message.Id), Now(), Now() + Milliseconds(dueAgainAfter), (int)seen.State, seen.ClaimedAt?.ToUnixTimeMilliseconds()) == 1);
        }
    }

    public ValueTask DoneAsync(Guid id, CancellationToken cancel = default)
    {
        lock (_lock) _tables.Run("UPDATE deliveries SET state = 3, at = $2, reason = NULL WHERE id = $1 AND state < 3", Blob(id), Now());
        return default;
    }

    public ValueTask WaitAsync(Guid id, DateTimeOffset nextAt, string reason, IReadOnlyList<string> doneFor, CancellationToken cancel = default)
    {
        lock (_lock)
        {
            _tables.Run(
                "UPDATE deliveries SET state = 1, tries = tries + 1, next_at = $2, reason = $3, done_for = $4 WHERE id = $1 AND state < 3",
                Blob(id), nextAt.ToUnixTimeMilliseconds(), reason, string.Join(' ', doneFor));
        }

        return default;
    }

    public ValueTask ParkAsync(Guid id, string reason, CancellationToken cancel = default)
    {
        lock (_lock) _tables.Run("UPDATE deliveries SET state = 4, tries = tries + 1, at = $2, reason = $3 WHERE id = $1 AND state < 3", Blob(id), Now(), reason);
        return default;
    }

    public ValueTask<bool> HasNewerAsync(Delivery delivery, CancellationToken cancel = default)
    {
        if (StoredMessage.TopicOf(delivery.Message) is not { } topic) return new(false);
        lock (_lock)
            return new(_tables.Number("SELECT 1 FROM deliveries WHERE topic = $1 AND number > $2", topic, delivery.Number) is not null);
    }

    public ValueTask<IReadOnlyList<IMessage>> TakeDueAsync(int most, CancellationToken cancel = default)
    {
        var due = new List<IMessage>();
        lock (_lock)
        {
            using var transaction = _tables.Begin();
            foreach (var (id, kind, content, tries) in ReadDue(most))
            {
                if (StoredMessage.Read(kind, content) is not { } message)
                {
                    _tables.Run("UPDATE deliveries SET state = 4, at = $2, reason = $3 WHERE id = $1", id, Now(), Reasons.BadMessage);
                    continue;
                }

                // A claim stays one: whoever gets the message must know that somebody died over it.
                _tables.Run(
                    "UPDATE deliveries SET tries = tries + (state = 0), state = CASE state WHEN 2 THEN 2 ELSE 0 END, next_at = $2 WHERE id = $1",
                    id, Now() + Milliseconds(DeliveryTimes.Lost.After(tries)));
                due.Add(message);
            }

            transaction.Commit();
        }

        return new(due);
    }

    public ValueTask HandedAreLostAsync(CancellationToken cancel = default)
    {
        lock (_lock) _tables.Run("UPDATE deliveries SET next_at = $1 WHERE state = 0 AND next_at > $1", Now());
        return default;
    }

    public ValueTask<IReadOnlyList<ParkedMessage>> ListParkedAsync(CancellationToken cancel = default)
    {
        var parked = new List<ParkedMessage>();
        lock (_lock)
        {
            using var row = _tables.Query("SELECT id, kind, content, reason, tries, at FROM deliveries WHERE state = 4 ORDER BY number");
            while (row.Read())
                parked.Add(new(row.Id(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetInt32(4), Time(row.GetInt64(5))));
        }

        return new(parked);
    }

    public ValueTask<int> CountParkedAsync(CancellationToken cancel = default)
    {
        lock (_lock) return new((int)_tables.Number("SELECT count(*) FROM deliveries WHERE state = 4")!.Value);
    }

    public ValueTask<int> ReplayAsync(Guid? id, CancellationToken cancel = default)
    {
        lock (_lock)
        {
            return new(_tables.Run(
                "UPDATE deliveries SET state = 1, tries = 0, next_at = $1, claimed_at = NULL WHERE state = 4 AND ($2 IS NULL OR id = $2)",
                Now(), id is { } one ? Blob(one) : null));
        }
    }

    public ValueTask<Checkpoint> LoadAsync(string name, CancellationToken cancel = default)
    {
        lock (_lock) return new(_tables.LoadCheckpoint(name));
    }

    public ValueTask SaveAsync(string name, Checkpoint checkpoint, CancellationToken cancel = default)
    {
        lock (_lock) _tables.SaveCheckpoint(name, checkpoint);
        return default;
    }

    public ValueTask ResetAsync(string name, Checkpoint checkpoint, CancellationToken cancel = default)
    {
        lock (_lock)
        {
            using var transaction = _tables.Begin();
            _tables.ResetCheckpoint(name, checkpoint);
            transaction.Commit();
        }

        return default;
    }

    public void Dispose()
    {
        lock (_lock) _tables.Dispose();
    }

    private List<(byte[] Id, string Kind, string Content, int Tries)> ReadDue(int most)
    {
        var due = new List<(byte[] Id, string Kind, string Content, int Tries)>();
        using var row = _tables.Query("SELECT id, kind, content, tries FROM deliveries WHERE state < 3 AND next_at <= $1 ORDER BY next_at, number LIMIT $2", Now(), most);
        while (row.Read()) due.Add((row.Blob(0), row.GetString(1), row.GetString(2), row.GetInt32(3)));
        return due;
    }

    private void PurgeSometimes()
    {
        if (_accepted++ % PurgeEvery != 0) return;
        _tables.Run("DELETE FROM deliveries WHERE state = 3 AND at < $1", Now() - Milliseconds(DeliveryTimes.Remembered));
    }

    private static Delivery? Read(SqliteRows row) => StoredMessage.Read(row.GetString(2), row.GetString(3)) is not { } message
        ? null
        : new(
            message, row.GetInt64(1), (DeliveryState)row.GetInt32(4), row.GetInt32(5), row.IsDBNull(6) ? null : Time(row.GetInt64(6)),
            row.GetString(7).Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private static byte[] Blob(Guid id) => id.ToByteArray(bigEndian: true);

    private static DateTimeOffset Time(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

    private static long Milliseconds(TimeSpan time) => (long)time.TotalMilliseconds;

    private long Now() => _clock.GetUtcNow().ToUnixTimeMilliseconds();
}
