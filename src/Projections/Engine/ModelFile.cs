using Cqrs.EventStore.Following;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Tables;

namespace Cqrs.Projections.Engine;

/// <summary>One generation of a read model, open for writing: the model's tables, and beside them what the engine keeps.</summary>
internal sealed class ModelFile : IDisposable
{
    /// <summary>The tables that are the engine's own.</summary>
    public static readonly IReadOnlyList<string> Own = [AnchorTable.Name, "built", "builder", "checkpoint", "status"];

    /// <summary>The row of the checkpoint in the table of anchors.</summary>
    private const string AnchorName = "checkpoint";

    private const string EngineTables = AnchorTable.Schema + "\n" + """
        CREATE TABLE IF NOT EXISTS checkpoint (id INTEGER PRIMARY KEY CHECK (id = 1), position INTEGER NOT NULL);
        CREATE TABLE IF NOT EXISTS built (id INTEGER PRIMARY KEY CHECK (id = 1), fingerprint TEXT);
        CREATE TABLE IF NOT EXISTS status (
            id INTEGER PRIMARY KEY CHECK (id = 1), state INTEGER NOT NULL, rate INTEGER NOT NULL, seen INTEGER NOT NULL,
            error TEXT, error_position INTEGER, error_stream TEXT, error_type TEXT, error_at INTEGER,
            asked INTEGER NOT NULL, answered INTEGER NOT NULL);
        INSERT INTO status (id, state, rate, seen, asked, answered) VALUES (1, 0, 0, 0, 0, 0) ON CONFLICT DO NOTHING;
        """;

    private ModelFile(SqliteTables tables)
    {
        Tables = tables;
        Status = new(tables);
        Position = ReadPosition();
        using var row = tables.Query("SELECT fingerprint FROM built");
        Fingerprint = row.Read() ? row.Text(0) : null;
    }

    public SqliteTables Tables { get; }

    public StatusRow Status { get; }

    /// <summary>As read last; only whoever has the file open alone may rely on it.</summary>
    public LogPosition Position { get; private set; }

    /// <summary>The code that began it; null for a file that is older than fingerprints.</summary>
    public string? Fingerprint { get; }

    /// <summary>Opens the file, or makes it; the tables of the model are made only with the file itself.</summary>
    public static ModelFile Open(string path, ISqliteModel model) =>
        Of(SqliteTables.Open(Path.GetDirectoryName(path)!, Path.GetFileName(path), ""), model, model.Indexes);

    /// <summary>Opens, or makes, a file that is to be filled; its last indexes are still to be made.</summary>
    public static ModelFile OpenToFill(string path, ISqliteModel model) => Of(SqliteTables.OpenToFill(path, ""), model, indexes: "");

    public LogPosition ReadPosition() => Position = new(Tables.Number("SELECT position FROM checkpoint")!.Value);

    /// <summary>The checkpoint with its anchor, as of one moment.</summary>
    public Checkpoint ReadCheckpoint() => ReadCheckpoint(Tables);

    /// <summary>The checkpoint in a file of a model, also in one that an earlier version made, without an anchor.</summary>
    public static Checkpoint ReadCheckpoint(SqliteTables tables)
    {
        using var snapshot = tables.BeginToRead();
        return ReadCheckpointAlone(tables);
    }

    /// <summary>The same, inside a transaction of the caller.</summary>
    public static Checkpoint ReadCheckpointAlone(SqliteTables tables) =>
        new(new(tables.Number("SELECT position FROM checkpoint") ?? LogPosition.Start.Value), tables.LoadAnchor(AnchorName).Anchor);

    /// <summary>Moves the checkpoint inside a transaction.</summary>
    /// <param name="anchor">Null: the one that is noted stays.</param>
    /// <returns>False when it is not where <paramref name="from"/> says.</returns>
    public bool TryMove(LogPosition from, LogPosition to, CheckpointAnchor? anchor)
    {
        if (Tables.Run("UPDATE checkpoint SET position = $2 WHERE position = $1", from.Value, to.Value) == 0) return false;
        if (anchor is not null) Tables.SaveAnchor(AnchorName, anchor);
        return true;
    }

    /// <summary>What was moved to has been committed.</summary>
    public void Moved(LogPosition to) => Position = to;

    public void Dispose() => Tables.Dispose();

    private static ModelFile Of(SqliteTables tables, ISqliteModel model, string indexes)
    {
        try
        {
            using (var transaction = tables.Begin())
            {
                var isNew = tables.Number("SELECT 1 FROM sqlite_master WHERE name = 'checkpoint'") is null;
                tables.Execute(EngineTables);
                StatusRow.AddReason(tables);
                if (isNew)
                {
                    tables.Execute(model.Schema + ";" + indexes);
                    tables.Run("INSERT INTO built (id, fingerprint) VALUES (1, $1)", model.Fingerprint);
                    tables.Run("INSERT INTO checkpoint (id, position) VALUES (1, 0)");
                }

                transaction.Commit();
            }

            return new(tables);
        }
        catch
        {
            tables.Dispose();
            throw;
        }
    }
}
