using Cqrs.EventStore.Log;
using Cqrs.EventStore.PersonalData;
using Cqrs.EventStore.Serialization;
using Cqrs.EventStore.Tables;
using Cqrs.Projections.Engine;
using Cqrs.Projections.Rebuilding;

namespace Cqrs.Projections.Verifying;

/// <summary>
/// Folds the log afresh, every sealed value checked, up to where the live model is, and compares both row by row. It reads one state of the live
/// model throughout, and what it folds goes into a file of its own that is removed again: neither readers nor writers
/// notice, and memory does not grow with the log.
/// </summary>
public sealed class Verification(string folder, ISqliteModel model, IEventLog log, EventCodec codec, ISubjectKeys keys)
{
    private const int BatchSize = 200_000;

    /// <summary>Told every so often how far the fold has come.</summary>
    public Action<RebuildProgress>? OnProgress { get; set; }

    /// <param name="found">Told each difference.</param>
    /// <exception cref="LeaseHeldException">Another verification of the same projection is under way.</exception>
    /// <exception cref="RebuildStoppedException">This code cannot apply an event.</exception>
    public async Task<Verified> RunAsync(Func<Difference, ValueTask> found, CancellationToken cancel)
    {
        using var lease = Lease.Take(folder, model.Name, "verify");
        var path = Path.Combine(folder, $"{model.Name}.verify");
        Remove(path);
        try
        {
            using var live = new Generations(folder, model.Name).OpenLive(Snapshot).File;
            var position = new LogPosition(live.Number("SELECT position FROM checkpoint")!.Value);
            using var fresh = await FoldAsync(path, position, cancel);
            return await CompareAsync(live, fresh, position, found, cancel);
        }
        finally
        {
            Remove(path);
        }
    }

    private static SqliteTables Snapshot(string path)
    {
        var tables = SqliteTables.OpenToRead(path);
        try
        {
            tables.Run("BEGIN");
            tables.Number("SELECT position FROM checkpoint");
            return tables;
        }
        catch
        {
            tables.Dispose();
            throw;
        }
    }

    private async Task<SqliteTables> FoldAsync(string path, LogPosition upTo, CancellationToken cancel)
    {
        using (var fresh = new GreenModel(model, ModelFile.OpenToFill(path, model)))
        {
            var progress = new RebuildProgress(LogPosition.Start, upTo, LogPosition.Start, 0);
            await foreach (var page in new DecodedPages(log, codec, model.Filter, new(model.Opens, Checks: true)).ReadAsync(LogPosition.Start, upTo, cancel))
            {
                fresh.Apply(page);
                progress = progress with { Position = page.Position, Applied = progress.Applied + page.Events.Count };
                OnProgress?.Invoke(progress);
                if (fresh.Uncommitted >= BatchSize) fresh.Commit();
            }

            fresh.Commit();
        }

        return SqliteTables.OpenToRead(path);
    }

    private async Task<Verified> CompareAsync(
        SqliteTables live, SqliteTables fresh, LogPosition position, Func<Difference, ValueTask> found, CancellationToken cancel)
    {
        var (mine, theirs) = (TablesOf(fresh), TablesOf(live));
        var (rows, differences) = (0L, 0L);
        foreach (var table in mine.Union(theirs))
        {
            if (!mine.Contains(table) || !theirs.Contains(table))
            {
                differences++;
                await found(new(table, Key: null, Column: null, theirs.Contains(table) ? "there" : null, mine.Contains(table) ? "there" : null));
                continue;
            }

            var comparison = new TableComparison(table, live, fresh, model.Personal, keys, found);
            await comparison.RunAsync(cancel);
            (rows, differences) = (rows + comparison.Rows, differences + comparison.Differences);
        }

        return new(position, mine.Count, rows, differences);
    }

    private static HashSet<string> TablesOf(SqliteTables tables)
    {
        using var row = tables.Query("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name");
        var names = new HashSet<string>(StringComparer.Ordinal);
        while (row.Read())
            if (!ModelFile.Own.Contains(row.GetString(0), StringComparer.Ordinal))
                names.Add(row.GetString(0));
        return names;
    }

    private static void Remove(string path)
    {
        foreach (var file in (string[])[path, path + "-wal", path + "-shm"]) File.Delete(file);
    }
}
