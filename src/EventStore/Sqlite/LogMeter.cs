using System.Diagnostics.Metrics;

namespace Cqrs.EventStore.Sqlite;

/// <summary>What the log counts, under the meter <c>Cqrs.EventStore</c>.</summary>
internal static class LogMeter
{
    private static readonly Meter Meter = new("Cqrs.EventStore");
    private static readonly Counter<long> Appends = Meter.CreateCounter<long>("cqrs.log.appends", "{append}", "Appends answered");
    private static readonly Counter<long> Events = Meter.CreateCounter<long>("cqrs.log.events", "{event}", "Events written");
    private static readonly Counter<long> Commits = Meter.CreateCounter<long>("cqrs.log.commits", "{commit}", "Transactions committed");
    private static readonly Histogram<int> Batch = Meter.CreateHistogram<int>("cqrs.log.batch", "{append}", "Appends that shared a commit");

    public static void Committed(List<AppendRequest> batch)
    {
        Commits.Add(1);
        Appends.Add(batch.Count);
        Batch.Record(batch.Count);
        if (!Events.Enabled) return;
        var events = 0L;
        foreach (var request in batch)
            if (request.Refusal is null && !request.Outcome.AlreadyThere) events += request.Events.Count;
        Events.Add(events);
    }
}
