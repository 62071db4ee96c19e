using Cqrs.Domain.Mailboxes;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Tables;

namespace Cqrs.Projections.ChangedBits;

/// <summary>The bits in SQLite, as items of the table <c>mailboxes</c> with the attributes that DynamoDB has, too.</summary>
public sealed class SqliteChangedBits : IChangedBits, IDisposable
{
    private readonly Lock _lock = new();
    private readonly SqliteTables _tables;
    private readonly TimeProvider _clock;

    private SqliteChangedBits(SqliteTables tables, TimeProvider clock) => (_tables, _clock) = (tables, clock);

    public static SqliteChangedBits Open(string folder, TimeProvider clock) => new(
        SqliteTables.Open(folder, "mailboxes.db", """
            CREATE TABLE IF NOT EXISTS mailboxes (
                k TEXT PRIMARY KEY, changed INTEGER, version INTEGER, at INTEGER NOT NULL) WITHOUT ROWID;
            CREATE TABLE IF NOT EXISTS mark (id INTEGER PRIMARY KEY CHECK (id = 1), position INTEGER NOT NULL);
            INSERT INTO mark (id, position) VALUES (1, 0) ON CONFLICT DO NOTHING;
            """),
        clock);

    public ValueTask<LogPosition> LoadMarkAsync(CancellationToken cancel = default)
    {
        lock (_lock) return new(new LogPosition(_tables.Number("SELECT position FROM mark")!.Value));
    }

    public ValueTask SetAsync(IReadOnlyList<ChangedBit> bits, LogPosition mark, CancellationToken cancel = default)
    {
        var now = _clock.GetUtcNow().ToUnixTimeMilliseconds();
        lock (_lock)
        {
            using var transaction = _tables.Begin();
            foreach (var bit in bits)
            {
                _tables.Run(
                    """
                    INSERT INTO mailboxes (k, changed, version, at) VALUES ($1, 1, $2, $3)
                    ON CONFLICT (k) DO UPDATE SET changed = 1, version = excluded.version, at = excluded.at WHERE version < excluded.version
                    """,
                    bit.Name.ToString(), bit.Version, now);
            }

            _tables.Run("UPDATE mark SET position = $1 WHERE position < $1", mark.Value);
            transaction.Commit();
        }

        return default;
    }

    // A list may be fetched before its bit was set: the version then keeps the late bit from being set for nothing.
    public ValueTask ClearAsync(BitName bit, long version, CancellationToken cancel = default)
    {
        lock (_lock)
        {
            _tables.Run(
                """
                INSERT INTO mailboxes (k, changed, version, at) VALUES ($1, 0, $2, $3)
                ON CONFLICT (k) DO UPDATE SET changed = 0, version = excluded.version, at = excluded.at
                WHERE version < excluded.version OR version = excluded.version AND changed = 1
                """,
                bit.ToString(), version, _clock.GetUtcNow().ToUnixTimeMilliseconds());
        }

        return default;
    }

    public ValueTask<(bool Changed, long Version)?> ReadAsync(BitName bit, CancellationToken cancel = default)
    {
        lock (_lock)
        {
            using var row = _tables.Query("SELECT changed, version FROM mailboxes WHERE k = $1", bit.ToString());
            return new(row.Read() ? (row.GetInt64(0) == 1, row.GetInt64(1)) : null);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _tables.Dispose();
        }
    }
}
