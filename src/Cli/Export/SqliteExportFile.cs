using System.Text.Json;
using Cqrs.Cli.CommandLine;
using Cqrs.EventStore.Tables;
using Microsoft.Data.Sqlite;

namespace Cqrs.Cli.Export;

/// <summary>How far a database has come, and from which log.</summary>
/// <param name="Mark"><see cref="LogMark.None"/> in a file that an earlier version wrote last.</param>
/// <param name="Digest">Of all rows, by <see cref="RowDigest"/>; null in a file that an earlier version wrote last.</param>
internal sealed record SqliteExportHeader(ExportProgress Progress, LogMark Mark, string? Digest);

/// <summary>The file of a <see cref="SqliteExport"/>: its tables, and what is checked before it is written to.</summary>
internal static class SqliteExportFile
{
    // "CQRX" in ASCII; shown by file(1).
    public const long ApplicationId = 0x43515258;

    // cqrs_source is a table of its own, so that earlier versions can go on with the file. Its row counts for the rows up to
    // its position; an earlier version leaves it behind.
    public const string Schema = """
        CREATE TABLE IF NOT EXISTS events (
            position INTEGER PRIMARY KEY, created TEXT NOT NULL, stream TEXT NOT NULL, category TEXT NOT NULL, version INTEGER NOT NULL,
            id TEXT NOT NULL, type TEXT NOT NULL, correlationId TEXT, causationId TEXT, commandId TEXT, actor TEXT, data TEXT NOT NULL) STRICT;
        CREATE TABLE IF NOT EXISTS cqrs_export (
            one INTEGER PRIMARY KEY CHECK (one = 1), asked TEXT NOT NULL, in_clear INTEGER NOT NULL, position INTEGER NOT NULL, events INTEGER NOT NULL) STRICT;
        CREATE TABLE IF NOT EXISTS cqrs_source (
            one INTEGER PRIMARY KEY CHECK (one = 1), position INTEGER NOT NULL, log TEXT, anchor TEXT, digest TEXT NOT NULL) STRICT;
        """;

    private const int ReportEvery = 4_096;

    private static readonly bool[] IsNumber = [true, false, false, false, true, false, false, false, false, false, false, false];

    /// <summary>Returns the header of a file that can be resumed; null for a file to begin.</summary>
    /// <exception cref="CliException">The file is something else.</exception>
    public static SqliteExportHeader? Read(ExportPlan plan) => WithFile(plan, tables => Header(plan, tables));

    /// <summary>Reads all rows once and returns their digest, which the next rows are added to.</summary>
    /// <exception cref="CliException">The rows are not those that were written.</exception>
    public static (RowDigest Digest, ExportProgress Progress) Verified(ExportPlan plan, CommandOutput output, CancellationToken cancel)
    {
        var digest = new RowDigest();
        try
        {
            var progress = WithFile(plan, tables =>
            {
                // The header and the rows as of one moment: another process may be writing.
                using var moment = tables.BeginToRead();
                if (Header(plan, tables) is not { } header) return default;
                if (Digest(tables, digest, header.Progress.Events, output, cancel) != header.Progress.Events || (header.Digest ?? digest.Current) != digest.Current)
                    throw ExportNote.Changed(plan);
                return header.Progress;
            });
            return (digest, progress);
        }
        catch
        {
            digest.Dispose();
            throw;
        }
    }

    private static SqliteExportHeader? Header(ExportPlan plan, SqliteTables tables)
    {
        var isEmpty = tables.Number("SELECT count(*) FROM sqlite_schema") == 0;
        if (isEmpty && tables.Number("PRAGMA application_id") is 0 or ApplicationId) return null;
        if (tables.Number("PRAGMA application_id") != ApplicationId) throw plan.Refused("is a database that cqrs did not make.");
        ExportProgress progress;
        using (var row = tables.Query("SELECT asked, in_clear, position, events FROM cqrs_export"))
        {
            if (!row.Read()) throw plan.Refused("is damaged.");
            plan.EnsureSame(row.GetString(0), row.GetInt64(1) != 0, rawCells: null);
            progress = new(new(row.GetInt64(2)), row.GetInt64(3));
        }

        var unbound = new SqliteExportHeader(progress, LogMark.None, Digest: null);
        if (tables.Number("SELECT count(*) FROM sqlite_schema WHERE name = 'cqrs_source'") == 0) return unbound;
        using (var row = tables.Query("SELECT log, anchor, digest FROM cqrs_source WHERE position = $1", progress.Position.Value))
        {
            if (!row.Read()) return unbound;
            var anchor = row.Text(1) is { } json ? JsonSerializer.Deserialize(json, ExportJson.Default.LogAnchor) : null;
            return new(progress, new(row.Text(0) is { } log ? Guid.Parse(log) : null, anchor), row.GetString(2));
        }
    }

    private static long Digest(SqliteTables tables, RowDigest digest, long expected, CommandOutput output, CancellationToken cancel)
    {
        using var progress = output.Progress("events checked");
        using var row = tables.Query("SELECT * FROM events ORDER BY position");
        var rows = 0L;
        for (; row.Read(); rows++)
        {
            if (row.Columns != IsNumber.Length) return -1;
            digest.Add(row, IsNumber);
            if (rows % ReportEvery != 0) continue;
            cancel.ThrowIfCancellationRequested();
            progress.Report(rows, (double)rows / Math.Max(1, expected));
        }

        return rows;
    }

    private static T? WithFile<T>(ExportPlan plan, Func<SqliteTables, T> read)
    {
        if (!File.Exists(plan.Path) || new FileInfo(plan.Path).Length == 0) return default;
        try
        {
            using var tables = SqliteTables.OpenToRead(plan.Path);
            return read(tables);
        }
        catch (SqliteException e) when (e.SqliteErrorCode == SQLitePCL.raw.SQLITE_NOTADB)
        {
            throw plan.Refused("is there already, and no database.");
        }
        catch (SqliteException e)
        {
            throw plan.Refused($"cannot be read: {e.Message}.");
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            throw plan.Refused("is damaged.");
        }
    }
}
