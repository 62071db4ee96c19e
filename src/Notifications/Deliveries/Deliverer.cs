using Cqrs.EventStore.PersonalData;
using Cqrs.EventStore.Serialization;
using Cqrs.Notifications.Messages;

namespace Cqrs.Notifications.Deliveries;

/// <summary>What came of a try.</summary>
public abstract record Outcome
{
    public static readonly Outcome Done = new Finished();

    /// <summary>Somebody else is at it.</summary>
    public static readonly Outcome NotMine = new InOtherHands();

    /// <param name="reason">One of <see cref="Reasons"/>, or the kind of an exception.</param>
    /// <param name="doneFor">Which parts are done all the same.</param>
    public static Outcome TryAgain(string reason, params IReadOnlyList<string> doneFor) => new Failed(reason, doneFor);

    /// <summary>No further try is any good, or allowed.</summary>
    public static Outcome GiveUp(string reason) => new Hopeless(reason);

    internal sealed record Finished : Outcome;

    internal sealed record InOtherHands : Outcome;

    internal sealed record Failed(string Reason, IReadOnlyList<string> DoneFor) : Outcome;

    internal sealed record Hopeless(string Reason) : Outcome;
}

/// <summary>
/// What all consumers have in common: nothing is done for a message that is settled, and what came of a try is
/// remembered: done, to be tried again after a longer wait, or parked.
/// </summary>
public sealed class Deliverer(IDeliveries deliveries, TimeProvider clock)
{
    /// <summary>Told of each message that was parked, by its id and the reason.</summary>
    public Action<Guid, string>? OnParked { get; set; }

    /// <param name="attempt">Does what the message asks for. An exception is a failure that may pass.</param>
    public async Task RunAsync(IMessage message, Func<Delivery, Task<Outcome>> attempt, CancellationToken cancel)
    {
        if (await FindAsync(message, cancel) is not { IsSettled: false } delivery) return;
        switch (await TryAsync(delivery, attempt, cancel))
        {
            case Outcome.Finished:
                await deliveries.DoneAsync(message.Id, CancellationToken.None);
                break;
            case Outcome.Failed failed when delivery.Tries + 1 < DeliveryTimes.MostTries:
                var wait = DeliveryTimes.Failed.After(delivery.Tries);
                await deliveries.WaitAsync(message.Id, clock.GetUtcNow() + wait, failed.Reason, failed.DoneFor, CancellationToken.None);
                break;
            case Outcome.Failed failed:
                await ParkAsync(message.Id, failed.Reason);
                break;
            case Outcome.Hopeless hopeless:
                await ParkAsync(message.Id, hopeless.Reason);
                break;
        }
    }

    // A message that no relay of these deliveries accepted is as good as any other.
    private async ValueTask<Delivery?> FindAsync(IMessage message, CancellationToken cancel)
    {
        if (await deliveries.FindAsync(message.Id, cancel) is { } known) return known;
        await deliveries.AcceptAsync([message], cancel);
        return await deliveries.FindAsync(message.Id, cancel);
    }

    // Reasons hold the kind of an error, never its text: that may repeat what was to be sent.
    private static async Task<Outcome> TryAsync(Delivery delivery, Func<Delivery, Task<Outcome>> attempt, CancellationToken cancel)
    {
        try
        {
            return await attempt(delivery);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return Outcome.NotMine; // the server stops: the message comes again after the next start
        }
        catch (Exception e) when (e is EventFormatException or PersonalDataException { Code: PersonalDataException.Tampered or PersonalDataException.Malformed })
        {
            return Outcome.GiveUp(Reasons.Unreadable);
        }
        catch (Exception e)
        {
            return Outcome.TryAgain(e.GetType().Name, delivery.DoneFor);
        }
    }

    private async Task ParkAsync(Guid id, string reason)
    {
        await deliveries.ParkAsync(id, reason, CancellationToken.None);
        OnParked?.Invoke(id, reason);
    }
}
