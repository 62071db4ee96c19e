using Cqrs.EventStore.EventStoreDb.Protocol;
using Cqrs.EventStore.Log;
using Cqrs.Gateway.Calls;
using Cqrs.Gateway.Reading;

namespace Cqrs.Gateway.Subscribing;

/// <summary>Sends all events of one stream after a version until the call ends; the stream need not exist yet.</summary>
internal sealed class StreamSubscription(
    IEventLog log, MessageWriter<ReadResp> answers, EventMessages messages, string stream, CancellationToken cancelled)
{
    private readonly LogFilter _filter = new() { Categories = [LogCategory.Of(stream).ToString()], StreamPrefixes = [stream] };

    // The client has received every event up to this version of the stream, which lies before this position of the log.
    private long _version;
    private LogPosition _position;

    /// <param name="start">Exclusive; a value of <see cref="Starts"/>.</param>
    public async Task RunAsync(long start)
    {
        // The position is read before the version: an event between the two is seen twice, and skipped the second time.
        _position = await log.HeadAsync(cancelled);
        var last = await NewestAsync();
        _version = start == StreamVersion.End ? last : start;
        await answers.WriteAsync(EventMessages.Confirmation(Guid.NewGuid()));
        if (_version < last) await CatchUpAsync();
        while (true)
        {
            await answers.WriteAsync(EventMessages.CaughtUp());
            await answers.FlushAsync();
            await FollowAsync();
            await answers.WriteAsync(EventMessages.FellBehind());
            await CatchUpAsync();
        }
    }

    private async Task CatchUpAsync()
    {
        var pages = new PageSize();
        while (true)
        {
            _position = await log.HeadAsync(cancelled);
            if (Names.IsMetadata(stream)) _version = Math.Max(_version, await NewestAsync() - 1);
            var slice = await log.ReadStreamAsync(stream, _version + 1, pages.Next(), cancel: cancelled);
            await SendAsync(slice.Events);
            if (slice.IsEnd) return;
            pages.Saw(slice.Events);
            await answers.FlushAsync();
            await Task.Yield();
        }
    }

    // Returns when there are more new events than fit into a page.
    private async Task FollowAsync()
    {
        await foreach (var page in log.SubscribeAsync(_position, _filter, PageSize.First, cancelled))
        {
            await SendAsync(page.Events.Where(e => e.Stream == stream && e.Version > _version));
            await answers.FlushAsync();
            if (!page.IsEnd) return;
        }
    }

    private async Task SendAsync(IEnumerable<RecordedEvent> events)
    {
        foreach (var e in events)
        {
            await answers.WriteAsync(messages.Event(e));
            _version = e.Version;
        }
    }

    private async Task<long> NewestAsync() =>
        (await log.ReadStreamAsync(stream, StreamVersion.End, 1, ReadDirection.Backwards, cancelled)).LastVersion;
}
