using Cqrs.Cli.Output;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Tables;

namespace Cqrs.Cli.Sql;

/// <summary>
/// The events of a log that is no SQLite file, copied into one that has the tables of the embedded log, so that the same
/// views read either. What is sealed stays sealed; who is forgotten is forgotten here, too. May be deleted at any time.
/// </summary>
internal static class CachedLog
{
    public const string FileName = "sql.db";

    private const int PageSize = 2_048;

    private const string Schema = """
        CREATE TABLE IF NOT EXISTS events (
            position INTEGER PRIMARY KEY, version INTEGER NOT NULL, category INTEGER NOT NULL, type INTEGER NOT NULL, created INTEGER NOT NULL,
            json INTEGER NOT NULL, id BLOB NOT NULL, name TEXT NOT NULL, data BLOB NOT NULL, metadata BLOB NOT NULL) STRICT;
        CREATE TABLE IF NOT EXISTS labels (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
        CREATE TABLE IF NOT EXISTS copied (one INTEGER PRIMARY KEY CHECK (one = 1), position INTEGER NOT NULL) STRICT;
        INSERT INTO copied VALUES (1, 0) ON CONFLICT DO NOTHING;
        """;

    /// <summary>Adds what is new; killed half-way it goes on the next time.</summary>
    /// <param name="progress">Shows how far it has come.</param>
    /// <returns>The file.</returns>
    public static async Task<string> BringUpToDateAsync(
        IEventLog log, string folder, Func<LogPosition, LogPosition, LogProgress> progress, CancellationToken cancel)
    {
        using var tables = SqliteTables.Open(folder, FileName, Schema);
        var position = new LogPosition(tables.Number("SELECT position FROM copied")!.Value);
        using var line = progress(position, await log.HeadAsync(cancel));
        for (var (isEnd, copied) = (false, 0L); !isEnd;)
        {
            var page = await log.ReadAllAsync(position, PageSize, cancel: cancel);
            isEnd = page.IsEnd;
            if (page.Position > position && !TryAdd(tables, page, position))
            {
                // Somebody else copies, too, and was faster: what he has is the same. From there on, then.
                position = new(tables.Number("SELECT position FROM copied")!.Value);
                isEnd = false;
                continue;
            }

            (position, copied) = (page.Position, copied + page.Events.Count);
            line.Report(copied, position);
        }

        return Path.Combine(folder, FileName);
    }

    private static bool TryAdd(SqliteTables tables, LogPage page, LogPosition before)
    {
        using var transaction = tables.Begin();
        if (tables.Run("UPDATE copied SET position = $2 WHERE position = $1", before.Value, page.Position.Value) == 0) return false;
        foreach (var recorded in page.Events)
        {
            tables.Run(
                "INSERT INTO events VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                recorded.Position.Value, recorded.Version, Label(tables, LogCategory.Of(recorded.Stream).ToString()), Label(tables, recorded.Type),
                recorded.Created.UtcTicks, recorded.IsJson ? 1 : 0, recorded.Id.ToByteArray(bigEndian: true), recorded.Stream,
                recorded.Data.ToArray(), recorded.Metadata.ToArray());
        }

        transaction.Commit();
        return true;
    }

    private static long Label(SqliteTables tables, string text)
    {
        if (tables.Number("SELECT id FROM labels WHERE text = $1", text) is { } known) return known;
        tables.Run("INSERT INTO labels (text) VALUES ($1)", text);
        return tables.Number("SELECT id FROM labels WHERE text = $1", text)!.Value;
    }
}
