using Cqrs.EventStore.EventStoreDb.Connecting;
using Cqrs.EventStore.EventStoreDb.Protocol;
using Cqrs.EventStore.Log;
using ReadDirection = Cqrs.EventStore.Log.ReadDirection;
using RecordedEvent = Cqrs.EventStore.Log.RecordedEvent;

namespace Cqrs.EventStore.EventStoreDb.Reading;

/// <summary>Reads pages of one stream and of all streams.</summary>
internal sealed class EsdbReader(EsdbConnection connection, Attempts attempts)
{
    /// <summary>A filtered read gets this many times the deadline of other calls, because the server also examines events that do not match.</summary>
    private const int SearchFactor = 30;

    private static readonly ServerFilter Ours = new(null);

    public Task<StreamSlice> StreamAsync(string stream, long fromVersion, int maxCount, ReadDirection direction, CancellationToken cancel) =>
        attempts.RunAsync((node, left, end) => StreamAsync(node, stream, fromVersion, maxCount, direction, left, end), connection.Settings.Deadline, cancel);

    public async Task<LogPage> AllAsync(LogPosition from, int maxCount, LogFilter? filter, ReadDirection direction, CancellationToken cancel)
    {
        var asked = new ServerFilter(filter);
        if (direction == ReadDirection.Backwards && from == LogPosition.Start) return new([], from, IsEnd: true);

        // Read before the search: a search that reaches the end has examined everything up to this head.
        var head = filter is not null && direction == ReadDirection.Forwards ? await HeadAsync(cancel) : from;
        return await attempts.RunAsync(
            (node, left, end) => AllAsync(node, from, maxCount, asked, direction, head, left, end), SearchDeadline, cancel);
    }

    public Task<LogPosition> HeadAsync(CancellationToken cancel) => attempts.RunAsync(
        async (node, left, end) =>
        {
            var page = await AllAsync(node, LogPosition.End, 1, Ours, ReadDirection.Backwards, LogPosition.Start, left, end);
            return page.Events.Count == 0 ? LogPosition.Start : page.Events[0].Position;
        },
        connection.Settings.Deadline,
        cancel);

    private TimeSpan SearchDeadline => connection.Settings.Deadline < TimeSpan.Zero ? connection.Settings.Deadline : connection.Settings.Deadline * SearchFactor;

    private async Task<StreamSlice> StreamAsync(
        ConnectedNode node, string stream, long fromVersion, int maxCount, ReadDirection direction, TimeSpan deadline, CancellationToken cancel)
    {
        var events = new List<RecordedEvent>();
        long? last = null;
        await using (var call = node.Grpc.Read(ReadRequests.Stream(stream, fromVersion, maxCount, direction), deadline, cancel))
        {
            while (await call.ReadAsync() is { } answer)
            {
                switch (answer.ContentCase)
                {
                    case ReadResp.ContentOneofCase.Event:
                        events.Add(RecordedEvents.From(answer.Event));
                        break;
                    case ReadResp.ContentOneofCase.LastStreamPosition:
                        last = (long)answer.LastStreamPosition;
                        break;
                    case ReadResp.ContentOneofCase.StreamNotFound:
                        return new([], StreamVersion.None, IsEnd: true);
                }
            }
        }

        // Older servers do not send it; the newest event has it.
        last ??= direction == ReadDirection.Backwards && fromVersion == StreamVersion.End
            ? events.Count > 0 ? events[0].Version : StreamVersion.None
            : (await StreamAsync(node, stream, StreamVersion.End, 1, ReadDirection.Backwards, deadline, cancel)).LastVersion;
        var isEnd = events.Count < maxCount || (direction == ReadDirection.Forwards ? events[^1].Version >= last : events[^1].Version == 0);
        return new(events, last.Value, isEnd);
    }

    private static async Task<LogPage> AllAsync(
        ConnectedNode node, LogPosition from, int maxCount, ServerFilter filter, ReadDirection direction, LogPosition head, TimeSpan deadline, CancellationToken cancel)
    {
        // One more than asked for: forwards, the server begins with the event at the position itself.
        var count = maxCount + 1;
        var events = new List<RecordedEvent>();
        var (answered, position) = (0, from);
        await using var call = node.Grpc.Read(ReadRequests.All(from, count, filter.InSteps(), direction), deadline, cancel);
        while (await call.ReadAsync() is { } answer)
        {
            if (answer.ContentCase != ReadResp.ContentOneofCase.Event) continue;
            var e = RecordedEvents.From(answer.Event);
            answered++;
            if (e.Position == from) continue;
            if (events.Count == maxCount) return new(events, position, IsEnd: false);
            position = e.Position;
            if (filter.Matches(e)) events.Add(e);
        }

        if (answered >= count) return new(events, position, IsEnd: false);
        return new(events, direction == ReadDirection.Forwards && head > position ? head : position, IsEnd: true);
    }
}
