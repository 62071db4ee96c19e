using Cqrs.Notifications.Messages;

namespace Cqrs.Notifications.Deliveries;

/// <summary>
/// The one way for a message onto the bus: first it is noted in the deliveries, then the bus is told. What the bus loses
/// between the two, or later, comes again by <see cref="Redelivery"/>.
/// </summary>
public sealed class Dispatcher(IDeliveries deliveries, IMessageBus bus)
{
    /// <summary>Told of what the bus did not take; nothing is lost by it.</summary>
    public Action<Exception>? OnBusFailure { get; set; }

    /// <summary>Answers when the messages cannot be lost any more. Those that are known already are left alone.</summary>
    public async Task DispatchAsync(IReadOnlyList<IMessage> messages, CancellationToken cancel)
    {
        if (messages.Count == 0) return;
        await HandOverAsync(await deliveries.AcceptAsync(messages, cancel), cancel);
    }

    /// <summary>Brings to the bus what is due again.</summary>
    /// <returns>How many that were.</returns>
    public async Task<int> DispatchDueAsync(int most, CancellationToken cancel)
    {
        var due = await deliveries.TakeDueAsync(most, cancel);
        await HandOverAsync(due, cancel);
        return due.Count;
    }

    private async Task HandOverAsync(IReadOnlyList<IMessage> messages, CancellationToken cancel)
    {
        foreach (var message in messages)
        {
            try
            {
                await bus.SendAsync(message, cancel);
            }
            catch (Exception e) when (!cancel.IsCancellationRequested)
            {
                OnBusFailure?.Invoke(e);
                return;
            }
        }
    }
}
