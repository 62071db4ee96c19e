using System.Runtime.CompilerServices;

namespace Cqrs.EventStore.Log;

/// <summary>
/// Tells logs apart by the id of their first event. Events are never changed or removed, so the id stays the same for
/// the life of a log, in each engine, and a log that was put in its place has another one. A copy of a log has the same
/// identity as the log that it was made from.
/// </summary>
public static class LogIdentity
{
    private static readonly ConditionalWeakTable<IEventLog, StrongBox<Guid>> Known = [];

    /// <summary>
    /// Returns the id of the first event that the log holds; null for a log without events. The log is read once for
    /// each instance of <see cref="IEventLog"/>; an empty log is read again with the next call.
    /// </summary>
    /// <exception cref="EventLogException">The log cannot be read.</exception>
    public static async ValueTask<Guid?> OfAsync(IEventLog log, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(log);
        if (Known.TryGetValue(log, out var known)) return known.Value;
        if (await FirstAsync(log, cancel) is not { } first) return null;

        // Two callers that read at the same time have read the same event.
        Known.AddOrUpdate(log, new(first.Id));
        return first.Id;
    }

    /// <summary>Reads the first event. A page may be empty and yet not the last.</summary>
    private static async ValueTask<RecordedEvent?> FirstAsync(IEventLog log, CancellationToken cancel)
    {
        var from = LogPosition.Start;
        while (true)
        {
            var page = await log.ReadAllAsync(from, 1, cancel: cancel);
            if (page.Events is [var first, ..]) return first;
            if (page.IsEnd) return null;
            from = page.Position;
        }
    }
}
