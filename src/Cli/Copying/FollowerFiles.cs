using Cqrs.Commands.Idempotency;
using Cqrs.Notifications.Deliveries;

namespace Cqrs.Cli.Copying;

/// <summary>What in a data folder holds positions of the log.</summary>
internal static class FollowerFiles
{
    /// <summary>Files with a table of checkpoints.</summary>
    public static readonly IReadOnlyList<string> Names = [SqliteCommandStore.FileName, SqliteDeliveries.FileName];

    /// <summary>Takes the read models away. All that is in them comes from the log.</summary>
    public static void DropReadModels(string folder)
    {
        var models = Path.Combine(folder, "projections");
        if (Directory.Exists(models)) Directory.Delete(models, recursive: true);
    }
}
