using Cqrs.EventStore.Log;

namespace Cqrs.EventStore.Tables;

/// <summary>The checkpoints of followers, kept in a table beside whatever they keep.</summary>
public static class CheckpointTable
{
    public const string Schema =
        "CREATE TABLE IF NOT EXISTS checkpoints (name TEXT PRIMARY KEY, position INTEGER NOT NULL) WITHOUT ROWID;";

    /// <returns><see cref="LogPosition.Start"/> for a name that was never saved.</returns>
    public static LogPosition LoadCheckpoint(this SqliteTables tables, string name) =>
        tables.Number("SELECT position FROM checkpoints WHERE name = $1", name) is { } position ? new(position) : LogPosition.Start;

    public static void SaveCheckpoint(this SqliteTables tables, string name, LogPosition position) => tables.Run(
        "INSERT INTO checkpoints (name, position) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET position = excluded.position",
        name, position.Value);

    /// <summary>All that were ever saved.</summary>
    public static IReadOnlyList<(string Name, LogPosition Position)> Checkpoints(this SqliteTables tables)
    {
        var all = new List<(string Name, LogPosition Position)>();
        using var rows = tables.Query("SELECT name, position FROM checkpoints ORDER BY name");
        while (rows.Read()) all.Add((rows.GetString(0), new(rows.GetInt64(1))));
        return all;
    }
}
