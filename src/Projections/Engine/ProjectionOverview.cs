using Cqrs.EventStore.Following;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Tables;

namespace Cqrs.Projections.Engine;

/// <summary>A projection as its model's file tells of it, whoever runs it and wherever.</summary>
/// <param name="Status">Null where the file is older than the status.</param>
public sealed record ProjectionOverview(ModelVersion Version, Checkpoint Checkpoint, WrittenStatus? Status)
{
    public LogPosition Position => Checkpoint.Position;

    /// <returns>Null where there is no model yet.</returns>
    public static ProjectionOverview? Read(string folder, ISqliteModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var generations = new Generations(folder, model.Name);
        if (generations.Newest() is null) return null;
        using var tables = generations.OpenLive(SqliteTables.OpenToRead).File;
        return new(new(BuiltBy(tables), model.Fingerprint), ModelFile.ReadCheckpoint(tables), StatusRow.Read(tables));
    }

    /// <summary>Asks whoever runs the projection to try the event that stopped it once more.</summary>
    /// <returns>The number of the request; <see cref="WrittenStatus.Answered"/> reaches it when it was followed.</returns>
    public static long AskToResume(string folder, ISqliteModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        using var tables = new Generations(folder, model.Name).OpenLive(SqliteTables.OpenToWrite).File;
        return new StatusRow(tables).Ask();
    }

    private static string? BuiltBy(SqliteTables tables)
    {
        if (tables.Number("SELECT 1 FROM sqlite_master WHERE name = 'built'") is null) return null;
        using var row = tables.Query("SELECT fingerprint FROM built");
        return row.Read() ? row.Text(0) : null;
    }
}
