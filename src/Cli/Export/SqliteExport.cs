using Cqrs.Cli.Output;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Serialization;
using Cqrs.EventStore.Tables;
using Microsoft.Data.Sqlite;

namespace Cqrs.Cli.Export;

/// <summary>
/// Events in a SQLite file: a table <c>events</c>, its fields as JSON in <c>data</c>, and a view for each type with a
/// column for each field (<c>invite-sent.v1</c> is <c>invite_sent_v1</c>). Each page and how far it goes are one
/// transaction.
/// </summary>
internal sealed class SqliteExport : IExportFile
{
    // "CQRX" in ASCII; shown by file(1).
    private const long ApplicationId = 0x43515258;

    private const string Schema = """
        CREATE TABLE IF NOT EXISTS events (
            position INTEGER PRIMARY KEY, created TEXT NOT NULL, stream TEXT NOT NULL, category TEXT NOT NULL, version INTEGER NOT NULL,
            id TEXT NOT NULL, type TEXT NOT NULL, correlationId TEXT, causationId TEXT, commandId TEXT, actor TEXT, data TEXT NOT NULL) STRICT;
        CREATE TABLE IF NOT EXISTS cqrs_export (
            one INTEGER PRIMARY KEY CHECK (one = 1), asked TEXT NOT NULL, in_clear INTEGER NOT NULL, position INTEGER NOT NULL, events INTEGER NOT NULL) STRICT;
        """;

    private readonly ExportPlan _plan;
    private readonly SqliteTables _tables;
    private readonly EventTypes _types;

    private SqliteExport(ExportPlan plan, SqliteTables tables, EventTypes types) => (_plan, _tables, _types) = (plan, tables, types);

    public ExportProgress Progress { get; private set; }

    public static void Check(ExportPlan plan)
    {
        if (!File.Exists(plan.Path) || new FileInfo(plan.Path).Length == 0) return;
        try
        {
            using var tables = SqliteTables.OpenToRead(plan.Path);
            var isEmpty = tables.Number("SELECT count(*) FROM sqlite_schema") == 0;
            if (isEmpty && tables.Number("PRAGMA application_id") is 0 or ApplicationId) return;
            if (tables.Number("PRAGMA application_id") != ApplicationId) throw plan.Refused("is a database that cqrs did not make.");
            var (asked, inClear) = ReadPlan(tables) ?? throw plan.Refused("is damaged.");
            plan.EnsureSame(asked, inClear);
        }
        catch (SqliteException e) when (e.SqliteErrorCode == SQLitePCL.raw.SQLITE_NOTADB)
        {
            throw plan.Refused("is there already, and no database.");
        }
        catch (SqliteException e)
        {
            throw plan.Refused($"cannot be read: {e.Message}.");
        }
    }

    public static SqliteExport Open(ExportPlan plan, EventTypes types)
    {
        if (!File.Exists(plan.Path)) TextExport.Create(plan.Path, FileMode.CreateNew).Dispose();
        var tables = SqliteTables.Open(Path.GetDirectoryName(plan.Path)!, Path.GetFileName(plan.Path), $"PRAGMA application_id = {ApplicationId};");
        try
        {
            using (var transaction = tables.Begin())
            {
                foreach (var statement in Schema.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)) tables.Run(statement);
                tables.Run("INSERT INTO cqrs_export VALUES (1, $1, $2, 0, 0) ON CONFLICT DO NOTHING", plan.Asked, plan.InClear ? 1 : 0);
                transaction.Commit();
            }

            var export = new SqliteExport(plan, tables, types);
            export.Progress = new(new(tables.Number("SELECT position FROM cqrs_export")!.Value), tables.Number("SELECT events FROM cqrs_export")!.Value);
            return export;
        }
        catch
        {
            tables.Dispose();
            throw;
        }
    }

    public ValueTask WriteAsync(IReadOnlyList<FlatEvent> events, LogPosition upTo, CancellationToken cancel)
    {
        var next = new ExportProgress(upTo, Progress.Events + events.Count);
        using var transaction = _tables.Begin();
        foreach (var flat in events) Insert(flat);
        if (_tables.Run("UPDATE cqrs_export SET position = $2, events = $3 WHERE position = $1", Progress.Position.Value, upTo.Value, next.Events) == 0)
            throw _plan.Refused("is being written by somebody else, too.");
        transaction.Commit();
        Progress = next;
        return default;
    }

    // Each page is a transaction.
    public ValueTask SaveAsync() => default;

    public ValueTask CompleteAsync()
    {
        using (var transaction = _tables.Begin())
        {
            _tables.Run("CREATE INDEX IF NOT EXISTS events_by_type ON events (type)");
            _tables.Run("CREATE INDEX IF NOT EXISTS events_by_stream ON events (stream, version)");
            new ExportViews(_tables).Make(_types);
            transaction.Commit();
        }

        // One file, as other programs expect it: no write-ahead log beside it.
        _tables.Run("PRAGMA journal_mode = DELETE");
        return default;
    }

    public ValueTask DisposeAsync()
    {
        _tables.Dispose();
        return default;
    }

    private static (string Asked, bool InClear)? ReadPlan(SqliteTables tables)
    {
        using var row = tables.Query("SELECT asked, in_clear FROM cqrs_export");
        return row.Read() ? (row.GetString(0), row.GetInt64(1) != 0) : null;
    }

    private void Insert(FlatEvent flat)
    {
        var recorded = flat.Recorded;
        _tables.Run(
            "INSERT INTO events VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            recorded.Position.Value, flat.Created, recorded.Stream, flat.Category, recorded.Version, recorded.Id.ToString(), recorded.Type,
            flat.CorrelationId, flat.CausationId, flat.CommandId, flat.Actor, flat.Data.ToJsonString(JsonText.Options));
    }
}
