using Cqrs.EventStore.EventStoreDb.Protocol;
using Cqrs.EventStore.Log;
using Cqrs.Gateway.Calls;

namespace Cqrs.Gateway.Reading;

/// <summary>Reads one stream, once.</summary>
/// <param name="tellsEnds">The caller knows the messages that tell where the stream begins and ends.</param>
internal sealed class StreamReading(IEventLog log, GrpcCall call, EventMessages messages, bool tellsEnds)
{
    /// <param name="start">Inclusive; as <see cref="Starts"/> has it.</param>
    /// <param name="count">Events to read at most.</param>
    public async Task RunAsync(string stream, long start, ReadDirection direction, ulong count)
    {
        var forwards = direction == ReadDirection.Forwards;
        var next = forwards ? Math.Max(0, start) : start == StreamVersion.None ? 0 : start;
        var pages = new PageSize();
        var (read, last) = (0UL, StreamVersion.None);
        while (true)
        {
            var slice = await log.ReadStreamAsync(stream, next, pages.Next(count - read), direction, call.Cancelled);
            last = slice.LastVersion;
            if (last == StreamVersion.None)
            {
                await call.WriteAsync(EventMessages.NotFound(stream));
                return;
            }

            if (read == 0 && slice.Events.Count == 0 && tellsEnds && next != last + 1 && start != StreamVersion.End)
                await call.WriteAsync(new ReadResp { FirstStreamPosition = (ulong)(last + 1) });
            foreach (var e in slice.Events)
            {
                if (read == count) break;
                await call.WriteAsync(messages.Event(e));
                read++;
            }

            if (slice.IsEnd || read == count) break;
            pages.Saw(slice.Events);
            next = slice.Events[^1].Version + (forwards ? 1 : -1);
        }

        if (tellsEnds) await call.WriteAsync(new ReadResp { LastStreamPosition = (ulong)last });
    }
}
