using System.Globalization;
using Cqrs.EventStore.EventStoreDb;
using Cqrs.EventStore.EventStoreDb.Connecting;
using Cqrs.EventStore.Log;

namespace Cqrs.Cli.Doctor;

/// <summary>The server of the log, where the log is not embedded: reached, with what it answered.</summary>
internal static class EventStoreDbCheck
{
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
            var last = newest.Events.SingleOrDefault();
            var head = last?.Position.Value ?? 0;
            findings.Add(Finding.Ok("log", string.Create(CultureInfo.InvariantCulture, $"EventStoreDB at {settings}, head {head:N0}")));
            if (last is not null) findings.Add(StoreChecks.Clock(last.Created, "Set this clock, or the server's, right (a time service does)."));
            return (findings, head);
        }
        catch (EventLogException e)
        {
            findings.Add(Finding.Fault("log", $"{e.Message} ({e.Code})", "Start the server, or correct EventStore. For example EventStore=esdb://user:password@host:2113?tls=false."));
            return (findings, -1);
        }
    }
}
