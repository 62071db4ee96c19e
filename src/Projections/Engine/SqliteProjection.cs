using Cqrs.EventStore.Log;
using Microsoft.Data.Sqlite;

namespace Cqrs.Projections.Engine;

/// <summary>
/// A read model in a SQLite file of its own, its checkpoint beside the tables: one transaction moves both, so each
/// event is applied exactly once, whatever is killed. Commits do not wait for the disk; after a power cut the model is
/// whole, a little older, and catches up.
/// </summary>
public sealed class SqliteProjection : IProjection, IDisposable
{
    private readonly ISqliteModel _model;
    private readonly SqliteConnection _connection;
    private readonly SqliteWriter _writer;
    private readonly PositionSignal _signal = new();
    private readonly SemaphoreSlim _gate = new(1, 1);

    private SqliteProjection(ISqliteModel model, SqliteConnection connection)
    {
        (_model, _connection, _writer) = (model, connection, new(connection));
        _signal.Set(ReadCheckpoint());
    }

    /// <summary>Opens, or makes, <c>{name}.db</c> in the folder.</summary>
    public static SqliteProjection Open(string folder, ISqliteModel model)
    {
        SQLitePCL.Batteries_V2.Init();
        Directory.CreateDirectory(folder);
        var connection = new SqliteConnection($"Data Source={PathOf(folder, model)};Pooling=False;Default Timeout=10");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"""
            PRAGMA journal_mode = WAL;
            PRAGMA synchronous = NORMAL;
            CREATE TABLE IF NOT EXISTS checkpoint (id INTEGER PRIMARY KEY CHECK (id = 1), position INTEGER NOT NULL);
            INSERT INTO checkpoint (id, position) VALUES (1, 0) ON CONFLICT DO NOTHING;
            {model.Schema}
            """;
        command.ExecuteNonQuery();
        return new(model, connection);
    }

    public static string PathOf(string folder, ISqliteModel model) => Path.Combine(folder, model.Name + ".db");

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
        _writer.Run("BEGIN IMMEDIATE");
        try
        {
            var moved = _writer.Run("UPDATE checkpoint SET position = $2 WHERE position = $1", from.Value, upTo.Value);
            if (moved == 0) throw new CheckpointMovedException(Name);
            foreach (var projected in events)
            {
                if (projected.Position > from) await _model.ApplyAsync(_writer, projected, cancel);
            }

            _writer.Run("COMMIT");
        }
        catch
        {
            if (SQLitePCL.raw.sqlite3_get_autocommit(_connection.Handle) == 0) _writer.Run("ROLLBACK");
            throw;
        }

        _signal.Set(upTo);
    }

    public Task WaitAsync(LogPosition position, CancellationToken cancel) => _signal.WaitAsync(position, cancel);

    public void Dispose()
    {
        _writer.Dispose();
        _connection.Dispose();
        _gate.Dispose();
    }

    private LogPosition ReadCheckpoint() => new((long)_writer.Scalar("SELECT position FROM checkpoint")!);
}
