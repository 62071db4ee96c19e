using Cqrs.Cli.Output;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Tables;

namespace Cqrs.Cli.Sql;

/// <summary>
/// The events of a log that is no SQLite file, copied into one that has the tables of the embedded log, so that the same
/// views read either. What is sealed stays sealed, and the erasure of a user erases their data here, too. A copy of another
/// log is emptied and made anew. May be deleted at any time.
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

    /// <summary>Adds what is new. A call after one that was cut off goes on from there.</summary>
    /// <param name="progress">Shows how much is copied.</param>
    /// <returns>Path of the file.</returns>
    public static async Task<string> BringUpToDateAsync(
        IEventLog log, string folder, Func<LogPosition, LogPosition, LogProgress> progress, CancellationToken cancel)
    {
        using var tables = SqliteTables.Open(folder, FileName, Schema);
        if (!await IsOfAsync(log, tables, cancel)) Empty(tables);
        var position = new LogPosition(tables.Number("SELECT position FROM copied")!.Value);
        using var line = progress(position, await log.HeadAsync(cancel));
        for (var (isEnd, copied) = (false, 0L); !isEnd;)
        {
            var page = await log.ReadAllAsync(position, PageSize, cancel: cancel);
            isEnd = page.IsEnd;
            if (page.Position > position && !TryAdd(tables, page, position))
            {
                // Another process copies the same events and was faster. This one goes on from there.
                position = new(tables.Number("SELECT position FROM copied")!.Value);
                isEnd = false;
                continue;
            }

            (position, copied) = (page.Position, copied + page.Events.Count);
            line.Report(copied, position);
        }

        return Path.Combine(folder, FileName);
    }

    // The first and the last copied event have to be in the log, where they were: a server may have been replaced by another
    // one, and an older copy of a log may have been put back.
    private static async Task<bool> IsOfAsync(IEventLog log, SqliteTables tables, CancellationToken cancel)
    {
        if (new LogPosition(tables.Number("SELECT position FROM copied")!.Value) > await log.HeadAsync(cancel)) return false;
        if (Event(tables, "SELECT id, position, name, version FROM events ORDER BY position LIMIT 1") is not { } first) return true;
        if (first.Id != await LogIdentity.OfAsync(log, cancel)) return false;
        var last = Event(tables, "SELECT id, position, name, version FROM events ORDER BY position DESC LIMIT 1")!.Value;
        var slice = await log.ReadStreamAsync(last.Stream, last.Version, 1, cancel: cancel);
        return slice.Events is [var found, ..] && found.Id == last.Id && found.Position == last.Position;
    }

    private static (Guid Id, LogPosition Position, string Stream, long Version)? Event(SqliteTables tables, string sql)
    {
        using var row = tables.Query(sql);
        return row.Read() ? (row.Id(0), new(row.GetInt64(1)), row.GetString(2), row.GetInt64(3)) : null;
    }

    private static void Empty(SqliteTables tables)
    {
        using var transaction = tables.Begin();
        tables.Run("DELETE FROM events");
        tables.Run("UPDATE copied SET position = 0");
        transaction.Commit();
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
