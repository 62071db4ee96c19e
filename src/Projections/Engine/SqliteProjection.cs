using Cqrs.EventStore.Log;
using Cqrs.EventStore.Tables;

namespace Cqrs.Projections.Engine;

/// <summary>
/// A read model in a SQLite file of its own, its checkpoint beside the tables: one transaction moves both, so each
/// event is applied exactly once, whatever is killed. Commits do not wait for the disk; after a power cut the model is
/// whole, a little older, and catches up.
/// </summary>
public sealed class SqliteProjection : IProjection, IDisposable
{
    private readonly ISqliteModel _model;
    private readonly SqliteTables _tables;
    private readonly PositionSignal _signal = new();
    private readonly SemaphoreSlim _gate = new(1, 1);

    private SqliteProjection(ISqliteModel model, SqliteTables tables)
    {
        (_model, _tables) = (model, tables);
        _signal.Set(ReadCheckpoint());
    }

    /// <summary>Opens, or makes, <c>{name}.db</c> in the folder.</summary>
    public static SqliteProjection Open(string folder, ISqliteModel model) => new(model, SqliteTables.Open(folder, FileOf(model), $"""
        CREATE TABLE IF NOT EXISTS checkpoint (id INTEGER PRIMARY KEY CHECK (id = 1), position INTEGER NOT NULL);
        INSERT INTO checkpoint (id, position) VALUES (1, 0) ON CONFLICT DO NOTHING;
        {model.Schema}
        """));

    public static string PathOf(string folder, ISqliteModel model) => Path.Combine(folder, FileOf(model));

    public string Name => _model.Name;

    public LogFilter Filter => _model.Filter;

    public LogPosition Position => _signal.Position;

    public async ValueTask<LogPosition> ReloadAsync(CancellationToken cancel)
    {
        await _gate.WaitAsync(cancel);
        try
        {
            _signal.Set(ReadCheckpoint());
            return Position;
        }
        finally
        {
            _gate.Release();
        }
    }

    public async ValueTask ApplyAsync(IReadOnlyList<ProjectedEvent> events, LogPosition upTo, CancellationToken cancel)
    {
        await _gate.WaitAsync(cancel);
        try
        {
            await ApplyAloneAsync(events, upTo, cancel);
        }
        finally
        {
            _gate.Release();
        }
    }

    private async ValueTask ApplyAloneAsync(IReadOnlyList<ProjectedEvent> events, LogPosition upTo, CancellationToken cancel)
    {
        var from = Position;
        using (var transaction = _tables.Begin())
        {
            var moved = _tables.Run("UPDATE checkpoint SET position = $2 WHERE position = $1", from.Value, upTo.Value);
            if (moved == 0) throw new CheckpointMovedException(Name);
            foreach (var projected in events)
            {
                if (projected.Position > from) await _model.ApplyAsync(_tables, projected, cancel);
            }

            transaction.Commit();
        }

        _signal.Set(upTo);
    }

    public Task WaitAsync(LogPosition position, CancellationToken cancel) => _signal.WaitAsync(position, cancel);

    public void Dispose()
    {
        _tables.Dispose();
        _gate.Dispose();
    }

    private static string FileOf(ISqliteModel model) => model.Name + ".db";

    private LogPosition ReadCheckpoint() => new(_tables.Number("SELECT position FROM checkpoint")!.Value);
}
