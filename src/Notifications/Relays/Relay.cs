using Cqrs.EventStore.Following;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Serialization;
using Cqrs.Notifications.Deliveries;
using Cqrs.Notifications.Messages;

namespace Cqrs.Notifications.Relays;

/// <summary>What an event asks of the world outside.</summary>
public interface IRelayed
{
    string Name { get; }

    /// <summary>The only events that it asks for.</summary>
    LogFilter Filter { get; }

    /// <summary>The same messages for an event, under the same ids, however often it is asked.</summary>
    /// <param name="events">In the order of the log.</param>
    ValueTask<IReadOnlyList<IMessage>> MessagesOfAsync(IReadOnlyList<RecordedEvent> events, CancellationToken cancel);
}

/// <summary>
/// Reads from the log what others must do, and sees to it that they are told. The log is the outbox: nothing is sent that
/// was not appended, and what was appended is on record in the deliveries before the checkpoint moves past it.
/// </summary>
public sealed class Relay(IRelayed relayed, IEventLog log, ICheckpointStore checkpoints, Dispatcher dispatcher, TimeProvider clock)
{
    public LogFollower Follower() => new(relayed.Name, log, relayed.Filter, checkpoints, HandleAsync, clock);

    private async Task HandleAsync(LogPage page, CancellationToken cancel)
    {
        // On a log that is older than the relay, or after a long rest: nobody wants to hear it any more.
        var old = clock.GetUtcNow() - DeliveryTimes.Remembered;
        var fresh = page.Events.Where(recorded => EventMetadata.TimeOf(recorded) > old).ToList();
        if (fresh.Count > 0) await dispatcher.DispatchAsync(await relayed.MessagesOfAsync(fresh, cancel), cancel);
    }
}
