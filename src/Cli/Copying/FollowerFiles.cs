using Cqrs.Commands.Idempotency;
using Cqrs.Messaging.Mailboxes;
using Cqrs.Notifications.Deliveries;

namespace Cqrs.Cli.Copying;

/// <summary>What in a data folder holds positions of the log.</summary>
internal static class FollowerFiles
{
    /// <summary>Files with a table of checkpoints.</summary>
    public static readonly IReadOnlyList<string> Names = [SqliteCommandStore.FileName, SqliteDeliveries.FileName];

    /// <summary>Sets every changed bit: bits hold positions, so a bit with a position of another log might never be set again.</summary>
    public static async Task ResetBitsAsync(string folder, CancellationToken cancel)
    {
        if (!File.Exists(Path.Combine(folder, SqliteMailboxes.FileName))) return;
        using var mailboxes = SqliteMailboxes.Open(folder, TimeProvider.System);
        await mailboxes.StartAgainAsync(cancel);
    }

    /// <summary>Takes the read models away. All that is in them comes from the log.</summary>
    public static void DropReadModels(string folder)
    {
        var models = Path.Combine(folder, "projections");
        if (Directory.Exists(models)) Directory.Delete(models, recursive: true);
    }
}
