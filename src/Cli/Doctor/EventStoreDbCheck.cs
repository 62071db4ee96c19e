using System.Globalization;
using Cqrs.Cli.Events;
using Cqrs.EventStore.EventStoreDb;
using Cqrs.EventStore.EventStoreDb.Connecting;
using Cqrs.EventStore.Log;

namespace Cqrs.Cli.Doctor;

/// <summary>The server of the log, where the log is not embedded: reached, with what it answered.</summary>
internal static class EventStoreDbCheck
{
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(5);

    /// <returns>What was found, and where the log ends; −1 where nobody could say.</returns>
    public static async Task<(IReadOnlyList<Finding> Findings, long? Head)> ExamineAsync(EsdbSettings settings, CancellationToken cancel)
    {
        var findings = new List<Finding>();
        if (settings.Ignored.Count > 0)
        {
            findings.Add(Finding.Look(
                "setting EventStore", $"its options {string.Join(", ", settings.Ignored)} are not known and left out", "Correct their names, or take them away."));
        }

        try
        {
            await using var log = new EsdbEventLog(settings);
            var newest = await log.ReadAllAsync(LogPosition.End, 1, direction: ReadDirection.Backwards, cancel: cancel);
            var head = newest.Events is [var last] ? last.Position.Value : 0;
            findings.Add(Finding.Ok("log", string.Create(CultureInfo.InvariantCulture, $"EventStoreDB at {settings}, head {head:N0}")));
            if (newest.Events is [var e]) findings.Add(Clock(e));
            return (findings, head);
        }
        catch (EventLogException e)
        {
            findings.Add(Finding.Fault("log", $"{e.Message} ({e.Code})", "Start the server, or correct EventStore. For example EventStore=esdb://user:password@host:2113?tls=false."));
            return (findings, -1);
        }
    }

    private static Finding Clock(RecordedEvent newest)
    {
        var ahead = newest.Created - TimeProvider.System.GetUtcNow();
        return ahead > Tolerance
            ? Finding.Fault("clock of the log", string.Create(CultureInfo.InvariantCulture, $"its newest event is of {EventRows.Time(newest.Created)}, {ahead.TotalSeconds:N0} s ahead of this clock"), "Set this clock, or the server's, right (a time service does).")
            : Finding.Ok("clock of the log", $"newest event of {EventRows.Time(newest.Created)}");
    }
}
