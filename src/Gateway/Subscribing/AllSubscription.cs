using Cqrs.EventStore.EventStoreDb.Protocol;
using Cqrs.EventStore.Log;
using Cqrs.Gateway.Calls;
using Cqrs.Gateway.Reading;

namespace Cqrs.Gateway.Subscribing;

/// <summary>
/// Sends all events after a position until the call ends: first the existing ones, then CaughtUp, then new ones. A client
/// that falls behind by more than a page gets FellBehind, and CaughtUp again later. A filtered subscription gets
/// checkpoints, so that a client with few matches still knows a recent position to resume from.
/// </summary>
internal sealed class AllSubscription(
    IEventLog log, MessageWriter<ReadResp> answers, EventMessages messages, EventFilter filter, CancellationToken cancelled)
{
    // The client has received every match up to here.
    private LogPosition _position;
    private LogPosition _checkpoint;

    /// <param name="start">Exclusive; a value of <see cref="Starts"/>.</param>
    public async Task RunAsync(LogPosition start)
    {
        var head = await log.HeadAsync(cancelled);
        _position = _checkpoint = start == LogPosition.End ? head : start;
        await answers.WriteAsync(EventMessages.Confirmation(Guid.NewGuid()));
        if (_position < head) await CatchUpAsync();
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
            var page = await log.ReadAllAsync(_position, pages.Next(), filter.Pushed, cancel: cancelled);
            await SendAsync(page);
            if (page.IsEnd) break;
            pages.Saw(page.Events);
            await answers.FlushAsync();
            await Task.Yield();
        }

        if (filter.CheckpointInterval > 0 && _position > _checkpoint) await CheckpointAsync();
    }

    // Returns when there are more new events than fit into a page.
    private async Task FollowAsync()
    {
        await foreach (var page in log.SubscribeAsync(_position, filter.Pushed, PageSize.First, cancelled))
        {
            await SendAsync(page);
            await answers.FlushAsync();
            if (!page.IsEnd) return;
        }
    }

    private async Task SendAsync(LogPage page)
    {
        foreach (var e in page.Events)
        {
            if (!filter.Matches(e)) continue;
            await answers.WriteAsync(messages.Event(e));
            _position = e.Position;
            if (IsCheckpointDue) await CheckpointAsync();
        }

        _position = page.Position;
        if (IsCheckpointDue) await CheckpointAsync();
    }

    private bool IsCheckpointDue =>
        filter.CheckpointInterval > 0 && _position.Value - _checkpoint.Value >= filter.CheckpointInterval;

    private async Task CheckpointAsync()
    {
        await answers.WriteAsync(EventMessages.Checkpoint(_position));
        _checkpoint = _position;
    }
}
