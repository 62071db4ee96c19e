using Cqrs.EventStore.EventStoreDb.Protocol;
using Cqrs.EventStore.Log;
using Cqrs.Gateway.Calls;
using Grpc.Core;

namespace Cqrs.Gateway.Reading;

/// <summary>Reads all streams, once.</summary>
internal sealed class AllReading(
    IEventLog log, MessageWriter<ReadResp> answers, EventMessages messages, EventFilter filter, CancellationToken cancelled)
{
    /// <param name="start">Inclusive forwards, exclusive backwards; a value of <see cref="Starts"/>.</param>
    /// <param name="count">Events to read at most.</param>
    /// <exception cref="RpcException">Backwards from beyond the end of the log.</exception>
    public async Task RunAsync(LogPosition start, ReadDirection direction, ulong count)
    {
        var forwards = direction == ReadDirection.Forwards;
        if (forwards ? start == LogPosition.End : start == LogPosition.Start) return;

        // The server fails there, too. Forwards it answers with nothing, as the loop below does.
        if (!forwards && start != LogPosition.End && start > await log.HeadAsync(cancelled)) throw Refusals.InvalidPosition();

        // The log reads what lies after a position.
        var position = forwards && start > LogPosition.Start ? new LogPosition(start.Value - 1) : start;
        var pages = new PageSize();
        while (count > 0)
        {
            var page = await log.ReadAllAsync(position, pages.Next(filter.IsExact ? count : ulong.MaxValue), filter.Pushed, direction, cancelled);
            foreach (var e in page.Events)
            {
                if (!filter.Matches(e)) continue;
                await answers.WriteAsync(messages.Event(e));
                if (--count == 0) return;
            }

            if (page.IsEnd) return;
            pages.Saw(page.Events);
            position = page.Position;

            // A long search sends what it has found so far, and yields its thread to other calls.
            await answers.FlushAsync();
            await Task.Yield();
        }
    }
}
