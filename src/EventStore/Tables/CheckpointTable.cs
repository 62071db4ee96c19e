using Cqrs.EventStore.Following;
using Cqrs.EventStore.Log;

namespace Cqrs.EventStore.Tables;

/// <summary>The checkpoints of followers, kept in a table beside whatever they keep.</summary>
public static class CheckpointTable
{
    public const string Schema =
        "CREATE TABLE IF NOT EXISTS checkpoints (name TEXT PRIMARY KEY, position INTEGER NOT NULL) WITHOUT ROWID;\n" + AnchorTable.Schema;

    /// <returns><see cref="Checkpoint.Start"/> for a name that was never saved.</returns>
    public static Checkpoint LoadCheckpoint(this SqliteTables tables, string name)
    {
        ArgumentNullException.ThrowIfNull(tables);

        // Position and anchor as of one moment: another process may save both between two reads.
        using var snapshot = tables.BeginToRead();
        var position = tables.Number("SELECT position FROM checkpoints WHERE name = $1", name) ?? LogPosition.Start.Value;
        var (anchor, resets) = tables.LoadAnchor(name);
        return new(new(position), anchor) { Resets = resets };
    }

    /// <summary>Whether anything was ever saved under the name.</summary>
    public static bool HasCheckpoint(this SqliteTables tables, string name)
    {
        ArgumentNullException.ThrowIfNull(tables);
        return tables.Number("SELECT 1 FROM checkpoints WHERE name = $1", name) is not null;
    }

    /// <exception cref="CheckpointResetException">An operator has set it since it was loaded; nothing was saved.</exception>
    public static void SaveCheckpoint(this SqliteTables tables, string name, Checkpoint checkpoint)
    {
        ArgumentNullException.ThrowIfNull(tables);
        ArgumentNullException.ThrowIfNull(checkpoint);
        using var transaction = tables.Begin();
        if ((tables.Number("SELECT resets FROM anchors WHERE name = $1", name) ?? 0) != checkpoint.Resets) throw new CheckpointResetException(name);
        SavePosition(tables, name, checkpoint.Position);
        if (checkpoint.Anchor is { } anchor) tables.SaveAnchor(name, anchor);
        transaction.Commit();
    }

    /// <summary>Sets the checkpoint as an operator wants it, inside a transaction; followers that run begin again from it.</summary>
    public static void ResetCheckpoint(this SqliteTables tables, string name, Checkpoint checkpoint)
    {
        ArgumentNullException.ThrowIfNull(tables);
        ArgumentNullException.ThrowIfNull(checkpoint);
        SavePosition(tables, name, checkpoint.Position);
        tables.ResetAnchor(name);
        if (checkpoint.Anchor is { } anchor) tables.SaveAnchor(name, anchor);
    }

    /// <summary>All that were ever saved.</summary>
    public static IReadOnlyList<(string Name, LogPosition Position)> Checkpoints(this SqliteTables tables)
    {
        ArgumentNullException.ThrowIfNull(tables);
        var all = new List<(string Name, LogPosition Position)>();
        using var rows = tables.Query("SELECT name, position FROM checkpoints ORDER BY name");
        while (rows.Read()) all.Add((rows.GetString(0), new(rows.GetInt64(1))));
        return all;
    }

    private static void SavePosition(SqliteTables tables, string name, LogPosition position) => tables.Run(
        "INSERT INTO checkpoints (name, position) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET position = excluded.position",
        name, position.Value);
}
