using Cqrs.EventStore.Log;
using Cqrs.Gateway.Calls;

namespace Cqrs.Gateway.Reading;

/// <summary>Reads all streams, once.</summary>
internal sealed class AllReading(IEventLog log, GrpcCall call, EventMessages messages, EventFilter filter)
{
    /// <param name="start">Inclusive forwards, exclusive backwards; as <see cref="Starts"/> has it.</param>
    /// <param name="count">Events to read at most.</param>
    public async Task RunAsync(LogPosition start, ReadDirection direction, ulong count)
    {
        var forwards = direction == ReadDirection.Forwards;
        if (forwards ? start == LogPosition.End : start == LogPosition.Start) return;

        // The log reads what lies after a place.
        var position = forwards && start > LogPosition.Start ? new LogPosition(start.Value - 1) : start;
        var pages = new PageSize();
        while (count > 0)
        {
            var page = await log.ReadAllAsync(position, pages.Next(filter.IsExact ? count : ulong.MaxValue), filter.Pushed, direction, call.Cancelled);
            foreach (var e in page.Events)
            {
                if (!filter.Matches(e)) continue;
                await call.WriteAsync(messages.Event(e));
                if (--count == 0) return;
            }

            if (page.IsEnd) return;
            pages.Saw(page.Events);
            position = page.Position;

            // A long search tells what it found so far, and lets others have the thread.
            await call.FlushAsync();
            await Task.Yield();
        }
    }
}
