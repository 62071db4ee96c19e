using System.Runtime.CompilerServices;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Serialization;

namespace Cqrs.Cli.CommandLine;

/// <summary>
/// A log that tells when each event happened, where the log itself only knows when it took the event: a server of
/// EventStoreDB into which a log was copied took all of it on one day.
/// </summary>
internal sealed class OwnTimes(IEventLog log) : IEventLog
{
    public Task<Appended> AppendAsync(
        string stream, ExpectedVersion expected, IReadOnlyList<EventToAppend> events, CancellationToken cancel = default) =>
        log.AppendAsync(stream, expected, events, cancel);

    public async ValueTask<StreamSlice> ReadStreamAsync(
        string stream, long fromVersion, int maxCount, ReadDirection direction = ReadDirection.Forwards, CancellationToken cancel = default)
    {
        var slice = await log.ReadStreamAsync(stream, fromVersion, maxCount, direction, cancel);
        return slice with { Events = WithTimes(slice.Events) };
    }

    public async ValueTask<LogPage> ReadAllAsync(
        LogPosition from, int maxCount, LogFilter? filter = null, ReadDirection direction = ReadDirection.Forwards, CancellationToken cancel = default)
    {
        var page = await log.ReadAllAsync(from, maxCount, filter, direction, cancel);
        return page with { Events = WithTimes(page.Events) };
    }

    public async IAsyncEnumerable<LogPage> SubscribeAsync(
        LogPosition after, LogFilter? filter = null, int maxPageSize = 512, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        await foreach (var page in log.SubscribeAsync(after, filter, maxPageSize, cancel)) yield return page with { Events = WithTimes(page.Events) };
    }

    public ValueTask<LogPosition> HeadAsync(CancellationToken cancel = default) => log.HeadAsync(cancel);

    public ValueTask<LogPosition> EndAsync(CancellationToken cancel = default) => log.EndAsync(cancel);

    private static List<RecordedEvent> WithTimes(IReadOnlyList<RecordedEvent> events)
    {
        var told = new List<RecordedEvent>(events.Count);
        foreach (var recorded in events) told.Add(recorded with { Created = TimeOf(recorded) });
        return told;
    }

    // A tool of somebody else may have appended events with metadata of its own.
    private static DateTimeOffset TimeOf(RecordedEvent recorded)
    {
        try
        {
            return EventMetadata.TimeOf(recorded);
        }
        catch (EventFormatException)
        {
            return recorded.Created;
        }
    }
}
