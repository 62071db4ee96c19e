using Cqrs.EventStore.EventStoreDb.Protocol;
using Cqrs.EventStore.Log;
using Cqrs.Gateway.Calls;

namespace Cqrs.Gateway.Reading;

/// <summary>Reads one stream, once.</summary>
/// <param name="tellsEnds">The client knows the messages for the first and last position of the stream.</param>
internal sealed class StreamReading(
    IEventLog log, MessageWriter<ReadResp> answers, EventMessages messages, bool tellsEnds, CancellationToken cancelled)
{
    // The server reads pages of this size, and says where the stream begins when its first page is empty.
    private const ulong ServerPage = 32;

    /// <param name="start">Inclusive; a value of <see cref="Starts"/>.</param>
    /// <param name="count">Events to read at most.</param>
    public async Task RunAsync(string stream, long start, ReadDirection direction, ulong count)
    {
        var forwards = direction == ReadDirection.Forwards;
        var next = start == StreamVersion.None ? 0 : start;
        if (Names.IsMetadata(stream))
        {
            var newest = (await log.ReadStreamAsync(stream, StreamVersion.End, 1, ReadDirection.Backwards, cancelled)).LastVersion;
            if (!forwards) count = next < newest ? 0 : Math.Min(count, 1);
            else if (next < newest)
            {
                if (tellsEnds && (ulong)(newest - next) >= Math.Min(ServerPage, count)) await answers.WriteAsync(new ReadResp { FirstStreamPosition = (ulong)newest });
                next = newest;
            }
        }

        var pages = new PageSize();
        var (read, last) = (0UL, StreamVersion.None);
        while (true)
        {
            var slice = await log.ReadStreamAsync(stream, next, pages.Next(count - read), direction, cancelled);
            last = slice.LastVersion;
            if (last == StreamVersion.None)
            {
                await answers.WriteAsync(EventMessages.NotFound(stream));
                return;
            }

            if (read == 0 && slice.Events.Count == 0 && tellsEnds && next != last + 1 && start != StreamVersion.End)
                await answers.WriteAsync(new ReadResp { FirstStreamPosition = (ulong)(last + 1) });
            foreach (var e in slice.Events)
            {
                if (read == count) break;
                await answers.WriteAsync(messages.Event(e));
                read++;
            }

            if (slice.IsEnd || read == count) break;
            pages.Saw(slice.Events);
            next = slice.Events[^1].Version + (forwards ? 1 : -1);
        }

        if (tellsEnds) await answers.WriteAsync(new ReadResp { LastStreamPosition = (ulong)last });
    }
}
