using System.Text.Json;
using Cqrs.Cli.CommandLine;
using Cqrs.Cli.Output;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Serialization;
using Cqrs.EventStore.Tables;

namespace Cqrs.Cli.Export;

/// <summary>
/// Events in a SQLite file: a table <c>events</c>, its fields as JSON in <c>data</c>, and a view for each type with a
/// column for each field (<c>invite-sent.v1</c> is <c>invite_sent_v1</c>). Each page and how far it goes are one
/// transaction.
/// </summary>
internal sealed class SqliteExport : IExportFile
{
    private readonly ExportPlan _plan;
    private readonly IEventLog _log;
    private readonly EventTypes _types;
    private readonly SqliteTables _tables;
    private readonly RowDigest _digest;
    private RecordedEvent? _last;

    private SqliteExport(ExportPlan plan, IEventLog log, EventTypes types, SqliteTables tables, RowDigest digest, ExportProgress progress) =>
        (_plan, _log, _types, _tables, _digest, Progress) = (plan, log, types, tables, digest, progress);

    public ExportProgress Progress { get; private set; }

    /// <exception cref="CliException">The file was changed since it was written.</exception>
    public static SqliteExport Open(ExportPlan plan, IEventLog log, EventTypes types, CommandOutput output, CancellationToken cancel)
    {
        var (digest, progress) = SqliteExportFile.Verified(plan, output, cancel);
        SqliteTables? tables = null;
        try
        {
            // Made here and not by SQLite, so that other users can never read it; what SQLite puts beside it follows its mode.
            if (!File.Exists(plan.Path)) PrivateFile.Create(plan.Path, must: plan.InClear).Dispose();
            else if (plan.InClear || new FileInfo(plan.Path).Length == 0) PrivateFile.TakeFromOthers(plan.Path, must: plan.InClear);
            tables = SqliteTables.Open(
                Path.GetDirectoryName(plan.Path)!, Path.GetFileName(plan.Path), $"PRAGMA application_id = {SqliteExportFile.ApplicationId};");
            using (var transaction = tables.Begin())
            {
                foreach (var statement in SqliteExportFile.Schema.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)) tables.Run(statement);
                tables.Run("INSERT INTO cqrs_export VALUES (1, $1, $2, 0, 0) ON CONFLICT DO NOTHING", plan.Asked, plan.InClear ? 1 : 0);
                transaction.Commit();
            }

            var export = new SqliteExport(plan, log, types, tables, digest, progress);
            export.EnsureAlone();
            return export;
        }
        catch
        {
            tables?.Dispose();
            digest.Dispose();
            throw;
        }
    }

    public async ValueTask WriteAsync(IReadOnlyList<FlatEvent> events, LogPosition upTo)
    {
        var next = new ExportProgress(upTo, Progress.Events + events.Count);
        _last = events.Count > 0 ? events[^1].Recorded : _last;
        var mark = await LogMark.AtAsync(_log, upTo, _last);
        using var transaction = _tables.Begin();
        EnsureAlone();
        foreach (var flat in events) Insert(flat);
        _tables.Run("UPDATE cqrs_export SET position = $1, events = $2", upTo.Value, next.Events);
        Bind(next, mark);
        transaction.Commit();
        Progress = next;
    }

    // Each page is a transaction.
    public ValueTask SaveAsync() => default;

    public async ValueTask CompleteAsync()
    {
        var mark = await LogMark.AtAsync(_log, Progress.Position, _last);
        using (var transaction = _tables.Begin())
        {
            EnsureAlone();

            // Also where nothing was added: a file of an earlier version is bound to its log from now on.
            Bind(Progress, mark);
            _tables.Run("CREATE INDEX IF NOT EXISTS events_by_type ON events (type)");
            _tables.Run("CREATE INDEX IF NOT EXISTS events_by_stream ON events (stream, version)");
            new ExportViews(_tables).Make(_types);
            transaction.Commit();
        }

        // One file, as other programs expect it: no write-ahead log beside it.
        _tables.Run("PRAGMA journal_mode = DELETE");
    }

    public ValueTask DisposeAsync()
    {
        _tables.Dispose();
        _digest.Dispose();
        return default;
    }

    private void EnsureAlone()
    {
        if (_tables.Number("SELECT position FROM cqrs_export") != Progress.Position.Value) throw _plan.Refused("is being written by another process.");
    }

    private void Bind(ExportProgress progress, LogMark mark) => _tables.Run(
        "INSERT INTO cqrs_source VALUES (1, $1, $2, $3, $4) ON CONFLICT DO UPDATE SET position = excluded.position, log = excluded.log, anchor = excluded.anchor, digest = excluded.digest",
        progress.Position.Value, mark.Log?.ToString(), mark.Anchor is null ? null : JsonSerializer.Serialize(mark.Anchor, ExportJson.Default.LogAnchor), _digest.Current);

    private void Insert(FlatEvent flat)
    {
        var recorded = flat.Recorded;
        object?[] values =
        [
            recorded.Position.Value, flat.Created, recorded.Stream, flat.Category, recorded.Version, recorded.Id.ToString(), recorded.Type,
            flat.CorrelationId, flat.CausationId, flat.CommandId, flat.Actor, flat.Data.ToJsonString(JsonText.Options),
        ];
        _tables.Run("INSERT INTO events VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)", values);
        _digest.Add(values);
    }
}
