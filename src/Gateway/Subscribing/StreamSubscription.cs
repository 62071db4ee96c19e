using Cqrs.EventStore.Log;
using Cqrs.Gateway.Calls;
using Cqrs.Gateway.Reading;

namespace Cqrs.Gateway.Subscribing;

/// <summary>Everything of one stream after a version, whether the stream is there already or not.</summary>
internal sealed class StreamSubscription(IEventLog log, GrpcCall call, EventMessages messages, string stream)
{
    private readonly LogFilter _filter = new() { Categories = [LogCategory.Of(stream).ToString()], StreamPrefixes = [stream] };

    // Up to here the caller has been told everything: of the stream, and in all streams.
    private long _version;
    private LogPosition _position;

    /// <param name="start">Exclusive; as <see cref="Starts"/> has it.</param>
    public async Task RunAsync(long start)
    {
        // The position before the version: what comes in between is seen twice, and the second time passed over.
        _position = await log.HeadAsync(call.Cancelled);
        var last = (await log.ReadStreamAsync(stream, StreamVersion.End, 1, ReadDirection.Backwards, call.Cancelled)).LastVersion;
        _version = start == StreamVersion.End ? last : start;
        await call.WriteAsync(EventMessages.Confirmation(Guid.NewGuid()));
        if (_version < last) await CatchUpAsync();
        while (true)
        {
            await call.WriteAsync(EventMessages.CaughtUp());
            await call.FlushAsync();
            await FollowAsync();
            await call.WriteAsync(EventMessages.FellBehind());
            await CatchUpAsync();
        }
    }

    private async Task CatchUpAsync()
    {
        var pages = new PageSize();
        while (true)
        {
            _position = await log.HeadAsync(call.Cancelled);
            var slice = await log.ReadStreamAsync(stream, _version + 1, pages.Next(), cancel: call.Cancelled);
            await TellAsync(slice.Events);
            if (slice.IsEnd) return;
            pages.Saw(slice.Events);
            await call.FlushAsync();
            await Task.Yield();
        }
    }

    // Ends when more happened than fits into a page.
    private async Task FollowAsync()
    {
        await foreach (var page in log.SubscribeAsync(_position, _filter, PageSize.First, call.Cancelled))
        {
            await TellAsync(page.Events.Where(e => e.Stream == stream && e.Version > _version));
            await call.FlushAsync();
            if (!page.IsEnd) return;
        }
    }

    private async Task TellAsync(IEnumerable<RecordedEvent> events)
    {
        foreach (var e in events)
        {
            await call.WriteAsync(messages.Event(e));
            _version = e.Version;
        }
    }
}
