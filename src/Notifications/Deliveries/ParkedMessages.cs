namespace Cqrs.Notifications.Deliveries;

/// <summary>
/// The messages that were given up, for those who run the server: look at the reason, mend what is wrong, let them be
/// tried again. A replayed message is brought to the bus within a second.
/// </summary>
public sealed class ParkedMessages(IDeliveries deliveries)
{
    /// <summary>All of them, oldest first.</summary>
    public ValueTask<IReadOnlyList<ParkedMessage>> ListAsync(CancellationToken cancel = default) => deliveries.ListParkedAsync(cancel);

    public ValueTask<int> CountAsync(CancellationToken cancel = default) => deliveries.CountParkedAsync(cancel);

    /// <returns>False where no such message is parked.</returns>
    public async ValueTask<bool> ReplayAsync(Guid id, CancellationToken cancel = default) => await deliveries.ReplayAsync(id, cancel) > 0;

    /// <returns>How many there were.</returns>
    public ValueTask<int> ReplayAllAsync(CancellationToken cancel = default) => deliveries.ReplayAsync(id: null, cancel);
}
