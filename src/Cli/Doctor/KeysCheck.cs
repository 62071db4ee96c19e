using Cqrs.Api.Configuration;
using Cqrs.EventStore.EventStoreDb;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.PersonalData;
using Cqrs.EventStore.Sqlite;

namespace Cqrs.Cli.Doctor;

/// <summary>Whether the keys of users are those of the log.</summary>
internal static class KeysCheck
{
    private const string Name = "keys of the log";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <param name="head">Where a log on a server ends, −1 where that is not known; null for an embedded log.</param>
    public static Check Of(Settings settings, long? head) => new(
        Name, 2 * Patience, async cancel => await ExamineAsync(settings, head, cancel) is { } finding ? [finding] : []);

    private static async Task<Finding?> ExamineAsync(Settings settings, long? head, CancellationToken cancel)
    {
        var isServed = settings.EventStore is not null;
        if (isServed ? head is not > 0 : !File.Exists(Path.Combine(settings.Data, SqliteEventLog.FileName))) return null;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        if (isServed) patience.CancelAfter(Patience);
        try
        {
            if (!isServed) return FindingOf(SealedLogCheck.Fault(settings.Data));
            await using var served = new EsdbEventLog(settings.EventStore!);
            return FindingOf(await SealedLogCheck.FaultAsync(served, settings.Data, patience.Token));
        }
        catch (EventLogException)
        {
            // The check of the log has said so.
            return null;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return Finding.Look(Name, $"the server of the log did not answer within {Patience.TotalSeconds} s", "Call doctor again when it does.");
        }
        catch (PersonalDataException e)
        {
            return Finding.Fault(Name, e.Message, $"Restore {SqliteKeys.FileName} from the newest backup.");
        }
    }

    private static Finding? FindingOf(PersonalDataException? fault) =>
        fault is null ? null : Finding.Fault(Name, fault.Message, $"Restore {SqliteKeys.FileName} from the newest backup.");
}
