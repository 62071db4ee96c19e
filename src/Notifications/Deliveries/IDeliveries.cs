using Cqrs.Notifications.Messages;

namespace Cqrs.Notifications.Deliveries;

/// <summary>
/// What has to be done outside and what has become of it: the memory of relay and consumers, which outlives them and the
/// bus. What is answered survives the death of the process. What is done is remembered for a day.
/// </summary>
public interface IDeliveries
{
    /// <summary>Notes the messages as handed to the bus, to be lost if they are not settled before long.</summary>
    /// <returns>Those that were not known; the others are in good hands already.</returns>
    ValueTask<IReadOnlyList<IMessage>> AcceptAsync(IReadOnlyList<IMessage> messages, CancellationToken cancel = default);

    /// <returns>Null for a message that was never accepted, or was done more than a day ago.</returns>
    ValueTask<Delivery?> FindAsync(Guid id, CancellationToken cancel = default);

    /// <summary>
    /// Notes, before anything is done, that the caller is about to do it. Only one of those who claim at the same time
    /// gets it.
    /// </summary>
    /// <param name="seen">As the caller has read it.</param>
    /// <param name="dueAgainAfter">When it is due again if nothing more is heard of it.</param>
    /// <returns>False when it has been claimed, or settled, since.</returns>
    ValueTask<bool> ClaimAsync(Delivery seen, TimeSpan dueAgainAfter, CancellationToken cancel = default);

    /// <summary>There is nothing left to be done.</summary>
    ValueTask DoneAsync(Guid id, CancellationToken cancel = default);

    /// <summary>It failed and is due again at <paramref name="nextAt"/>; the claim is given up.</summary>
    /// <param name="doneFor">Which parts have been done, those of earlier tries included.</param>
    ValueTask WaitAsync(Guid id, DateTimeOffset nextAt, string reason, IReadOnlyList<string> doneFor, CancellationToken cancel = default);

    ValueTask ParkAsync(Guid id, string reason, CancellationToken cancel = default);

    /// <summary>
    /// Whether one that says the same to the same was accepted later. It takes the place of this one: told after it, this
    /// one would be old news.
    /// </summary>
    ValueTask<bool> HasNewerAsync(Delivery delivery, CancellationToken cancel = default);

    /// <summary>What is due now, oldest first: waiting, lost on the bus, or claimed by somebody who seems to have died. Handed to the caller, to be brought to the bus.</summary>
    ValueTask<IReadOnlyList<IMessage>> TakeDueAsync(int most, CancellationToken cancel = default);

    /// <summary>Makes everything due that was given to a bus which has forgotten it.</summary>
    ValueTask HandedAreLostAsync(CancellationToken cancel = default);

    /// <summary>What was given up, oldest first.</summary>
    ValueTask<IReadOnlyList<ParkedMessage>> ListParkedAsync(CancellationToken cancel = default);

    ValueTask<int> CountParkedAsync(CancellationToken cancel = default);

    /// <summary>Makes parked messages due, as if they had never been tried; what was done of them stays done.</summary>
    /// <param name="id">Which one; null for all.</param>
    /// <returns>How many.</returns>
    ValueTask<int> ReplayAsync(Guid? id, CancellationToken cancel = default);
}
