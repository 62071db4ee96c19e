using Cqrs.EventStore.EventStoreDb.Connecting;
using Cqrs.EventStore.EventStoreDb.Protocol;
using Cqrs.EventStore.EventStoreDb.Reading;
using Cqrs.EventStore.EventStoreDb.Wire;
using Cqrs.EventStore.Following;
using Cqrs.EventStore.Log;
using RecordedEvent = Cqrs.EventStore.Log.RecordedEvent;
using Timeout = System.Threading.Timeout;

namespace Cqrs.EventStore.EventStoreDb.Subscribing;

/// <summary>One call of a subscription: its answers as pages. Not for several threads at a time.</summary>
internal sealed class SubscriptionFeed : IAsyncDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    private readonly ServerAnswers<ReadResp> _call;
    private readonly ServerFilter _filter;
    private readonly TimeSpan _silence;
    private readonly Func<LogPosition, CancellationToken, Task<LogPage>> _awaited;
    private LogPosition _position;
    private ReadResp? _ahead;
    private Task<ReadResp?>? _pending;

    private SubscriptionFeed(
        ConnectedNode node, ServerAnswers<ReadResp> call, LogPosition after, ServerFilter filter, TimeSpan silence, Func<LogPosition, CancellationToken, Task<LogPage>> awaited)
    {
        (Node, _call, _position, _filter, _silence, _awaited) = (node, call, after, filter, silence, awaited);
    }

    public ConnectedNode Node { get; }

    public bool HasCaughtUp { get; private set; }

    /// <param name="silence">After this time without a message the log itself is read, through <paramref name="awaited"/>.</param>
    public static SubscriptionFeed Begin(
        ConnectedNode node, LogPosition after, ServerFilter filter, bool live, TimeSpan silence,
        Func<LogPosition, CancellationToken, Task<LogPage>> awaited, CancellationToken cancel)
    {
        var request = ReadRequests.Subscription(after, live ? filter.EventByEvent() : filter.InSteps());
        return new(node, node.Grpc.Read(request, Timeout.InfiniteTimeSpan, cancel), after, filter, silence, awaited);
    }

    /// <summary>The next page: events, or the position up to which the log has been examined.</summary>
    /// <exception cref="NodeLostException">The call broke or ended.</exception>
    /// <exception cref="SubscriptionSilentException">It delivers nothing although the log has events for it.</exception>
    public async Task<LogPage> NextAsync(int maxCount, CancellationToken cancel)
    {
        var events = new List<RecordedEvent>();
        while (true)
        {
            var answer = Ahead() ?? await WaitAsync(cancel);
            if (answer is null) return await AskAsync(cancel) is { } seen ? seen : throw new SubscriptionSilentException(_position);
            var hasNews = Take(answer, events);
            if (!hasNews && events.Count == 0) continue;

            // Messages that have already arrived belong to the same page.
            while (events.Count < maxCount && _pending is null && _call.TryRead(out var next)) Take(next!, events);
            if (events.Count == maxCount && _pending is null && _call.TryRead(out var ahead)) _ahead = ahead;
            return new(events, _position, IsEnd: HasCaughtUp && _ahead is null);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _call.DisposeAsync();
        if (_pending is not null) await ((Task)_pending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private ReadResp? Ahead()
    {
        var ahead = _ahead;
        _ahead = null;
        return ahead;
    }

    /// <returns>Null after a silence.</returns>
    private async Task<ReadResp?> WaitAsync(CancellationToken cancel)
    {
        // A read that is pending stays pending through a silence.
        _pending ??= ReadAsync();
        if (!_pending.IsCompleted)
        {
            await TimeProvider.System.DelayAsync(_silence, _pending, cancel);
            if (!_pending.IsCompleted) return null;
        }

        var answer = await _pending;
        _pending = null;
        return answer ?? throw new NodeLostException("The server ended the subscription.");
    }

    private async Task<ReadResp?> ReadAsync() => await _call.ReadAsync();

    /// <returns>A page with the position up to which the log has been examined; null when the log has events that should have been delivered.</returns>
    private async Task<LogPage?> AskAsync(CancellationToken cancel)
    {
        var after = await _awaited(_position, cancel);
        if (after.Events.Count > 0)
        {
            // It may have been written just now, and be on its way.
            await TimeProvider.System.DelayAsync(_silence < Grace ? _silence : Grace, _pending!, cancel);
            return _pending is { IsCompleted: true } ? new([], _position, IsEnd: false) : null;
        }

        if (_pending is { IsCompleted: false } && after.Position > _position) _position = after.Position;
        HasCaughtUp = true;
        return new([], _position, IsEnd: true);
    }

    /// <returns>True for an event, a checkpoint, or the message that the subscription has caught up.</returns>
    private bool Take(ReadResp answer, List<RecordedEvent> events)
    {
        switch (answer.ContentCase)
        {
            case ReadResp.ContentOneofCase.Event:
                var e = RecordedEvents.From(answer.Event);
                if (e.Position <= _position) return false;
                _position = e.Position;
                if (_filter.Matches(e)) events.Add(e);
                return true;
            case ReadResp.ContentOneofCase.Checkpoint:
                var seen = RecordedEvents.Position(answer.Checkpoint.CommitPosition);
                if (seen <= _position) return false;
                _position = seen;
                return true;
            case ReadResp.ContentOneofCase.CaughtUp:
                HasCaughtUp = true;
                return true;
            case ReadResp.ContentOneofCase.FellBehind:
                HasCaughtUp = false;
                return false;
            case ReadResp.ContentOneofCase.Confirmation:
                return false;
            default:
                // Newer servers may send more kinds of messages; none of them is needed here.
                return false;
        }
    }
}
