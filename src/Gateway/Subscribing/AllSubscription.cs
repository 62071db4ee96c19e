using Cqrs.EventStore.Log;
using Cqrs.Gateway.Calls;
using Cqrs.Gateway.Reading;

namespace Cqrs.Gateway.Subscribing;

/// <summary>
/// Everything after a place, for as long as the caller listens: first what is there, then CaughtUp, then what comes. One
/// who falls behind by more than a page is told so, and when he has caught up again. A filtered subscription brings
/// checkpoints, so that one who finds little still knows from where to go on.
/// </summary>
internal sealed class AllSubscription(IEventLog log, GrpcCall call, EventMessages messages, EventFilter filter)
{
    // Up to here the caller has been told everything.
    private LogPosition _position;
    private LogPosition _checkpoint;

    /// <param name="start">Exclusive; as <see cref="Starts"/> has it.</param>
    public async Task RunAsync(LogPosition start)
    {
        var head = await log.HeadAsync(call.Cancelled);
        _position = _checkpoint = start == LogPosition.End ? head : start;
        await call.WriteAsync(EventMessages.Confirmation(Guid.NewGuid()));
        if (_position < head) await CatchUpAsync();
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
            var page = await log.ReadAllAsync(_position, pages.Next(), filter.Pushed, cancel: call.Cancelled);
            await TellAsync(page);
            if (page.IsEnd) break;
            pages.Saw(page.Events);
            await call.FlushAsync();
            await Task.Yield();
        }

        if (filter.CheckpointInterval > 0 && _position > _checkpoint) await CheckpointAsync();
    }

    // Ends when more happened than fits into a page.
    private async Task FollowAsync()
    {
        await foreach (var page in log.SubscribeAsync(_position, filter.Pushed, PageSize.First, call.Cancelled))
        {
            await TellAsync(page);
            await call.FlushAsync();
            if (!page.IsEnd) return;
        }
    }

    private async Task TellAsync(LogPage page)
    {
        foreach (var e in page.Events)
        {
            if (!filter.Matches(e)) continue;
            await call.WriteAsync(messages.Event(e));
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
        await call.WriteAsync(EventMessages.Checkpoint(_position));
        _checkpoint = _position;
    }
}
