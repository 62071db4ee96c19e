using Cqrs.EventStore.Following;

namespace Cqrs.EventStore.Tables;

/// <summary>
/// The anchors of checkpoints, in a table beside the checkpoints: files of earlier versions get it when they
/// are opened, and earlier versions ignore it.
/// </summary>
public static class AnchorTable
{
    public const string Name = "anchors";

    public const string Schema = """
        CREATE TABLE IF NOT EXISTS anchors (
            name TEXT PRIMARY KEY, log BLOB, position INTEGER, event BLOB, stream TEXT, version INTEGER, resets INTEGER NOT NULL DEFAULT 0)
            WITHOUT ROWID;
        """;

    /// <summary>The anchor of a checkpoint, null where none was noted, and how often an operator has set the checkpoint.</summary>
    public static (CheckpointAnchor? Anchor, long Resets) LoadAnchor(this SqliteTables tables, string name)
    {
        ArgumentNullException.ThrowIfNull(tables);
        if (tables.Number("SELECT 1 FROM sqlite_master WHERE name = 'anchors'") is null) return default;
        using var row = tables.Query("SELECT log, position, event, stream, version, resets FROM anchors WHERE name = $1", name);
        if (!row.Read()) return default;
        return (row.IsDBNull(0) ? null : new(row.Id(0), new(row.GetInt64(1)), row.Id(2), row.GetString(3), row.GetInt64(4)), row.GetInt64(5));
    }

    public static void SaveAnchor(this SqliteTables tables, string name, CheckpointAnchor anchor)
    {
        ArgumentNullException.ThrowIfNull(tables);
        ArgumentNullException.ThrowIfNull(anchor);
        tables.Run(
            """
            INSERT INTO anchors (name, log, position, event, stream, version) VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (name) DO UPDATE SET
                log = excluded.log, position = excluded.position, event = excluded.event, stream = excluded.stream, version = excluded.version
            """,
            name, anchor.Log.ToByteArray(bigEndian: true), anchor.Position.Value, anchor.Event.ToByteArray(bigEndian: true), anchor.Stream, anchor.Version);
    }

    /// <summary>Takes the anchor away and counts that an operator has set the checkpoint.</summary>
    public static void ResetAnchor(this SqliteTables tables, string name)
    {
        ArgumentNullException.ThrowIfNull(tables);
        tables.Run(
            """
            INSERT INTO anchors (name, resets) VALUES ($1, 1)
            ON CONFLICT (name) DO UPDATE SET
                log = NULL, position = NULL, event = NULL, stream = NULL, version = NULL, resets = resets + 1
            """,
            name);
    }
}
