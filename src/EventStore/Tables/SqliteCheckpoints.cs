using Cqrs.EventStore.Following;

namespace Cqrs.EventStore.Tables;

/// <summary>Checkpoints in a file of their own, for a follower whose other state lies where no names of streams may be.</summary>
public sealed class SqliteCheckpoints : ICheckpointStore, IDisposable
{
    private readonly Lock _lock = new();
    private readonly SqliteTables _tables;

    private SqliteCheckpoints(SqliteTables tables) => _tables = tables;

    /// <summary>Opens, or makes, the file in the folder.</summary>
    public static SqliteCheckpoints Open(string folder, string file) => new(SqliteTables.Open(folder, file, CheckpointTable.Schema));

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
}
