namespace Cqrs.Notifications.Messages;

/// <summary>
/// Carries messages to whoever does what they ask for, in this process or another one. It may lose them and may bring
/// them twice: what has to be done stands in the <see cref="Deliveries.IDeliveries"/>.
/// </summary>
public interface IMessageBus
{
    /// <summary>True where the messages under way die with the process.</summary>
    bool ForgetsAtTheEnd { get; }

    /// <summary>Hands the message over; waits while the bus is starting.</summary>
    Task SendAsync(IMessage message, CancellationToken cancel);
}
