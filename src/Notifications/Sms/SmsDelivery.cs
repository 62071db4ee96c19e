using Cqrs.Domain.Users;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Serialization;
using Cqrs.Notifications.Deliveries;
using Cqrs.Notifications.Messages;

namespace Cqrs.Notifications.Sms;

/// <summary>
/// Sends codes, each at most once: the claim is on record before the sender is asked. Number and code are read from the
/// event, where they are sealed. A code that has expired meanwhile, or whose owner was forgotten, goes nowhere.
/// </summary>
public sealed class SmsDelivery(
    IEventLog log, EventCodec codec, ISmsSender sender, IDeliveries deliveries, Deliverer deliverer, string appName, TimeProvider clock)
{
    public Task DeliverAsync(SendSms message, CancellationToken cancel) =>
        deliverer.RunAsync(message, delivery => AttemptAsync(message, delivery, cancel), cancel);

    private async Task<Outcome> AttemptAsync(SendSms message, Delivery delivery, CancellationToken cancel)
    {
        if (delivery.State is DeliveryState.Claimed && !sender.RecognisesRepeats)
            return IsUnderWay(delivery) ? Outcome.NotMine : Outcome.GiveUp(Reasons.OutcomeUnknown);
        if (string.IsNullOrEmpty(message.Stream) || message.Version < 0) return Outcome.GiveUp(Reasons.BadMessage);

        var found = await log.ReadStreamAsync(message.Stream, message.Version, 1, cancel: cancel);
        if (found.Events is not [var recorded] || recorded.Id != message.EventId) return Outcome.GiveUp(Reasons.EventMissing);
        if ((await codec.DecodeAsync(recorded, cancel)).Event is not VerificationCodeIssued e) return Outcome.GiveUp(Reasons.BadMessage);
        if (e is not { Code.Text: { } code, Phone.Text: { } phone } || e.ExpiresAt <= clock.GetUtcNow()) return Outcome.Done;

        var claim = sender.RecognisesRepeats ? DeliveryTimes.HarmlessClaim : DeliveryTimes.Claim;
        if (!await deliveries.ClaimAsync(delivery, claim, cancel)) return Outcome.NotMine;
        return await SendAsync(new(message.Id, phone, $"{code} is your {appName} code. It works once, for 10 minutes."));
    }

    private bool IsUnderWay(Delivery delivery) => delivery.ClaimedAt + DeliveryTimes.Claim > clock.GetUtcNow();

    // Once begun it is not cancelled by a server that stops: nobody would know whether it was sent.
    private async Task<Outcome> SendAsync(SmsMessage sms)
    {
        using var patience = new CancellationTokenSource(DeliveryTimes.Sending, clock);
        try
        {
            return await sender.SendAsync(sms, patience.Token) switch
            {
                SmsOutcome.Sent => Outcome.Done,
                SmsOutcome.NotSent => Outcome.TryAgain(Reasons.NotSent),
                _ => Outcome.GiveUp(Reasons.Refused),
            };
        }
        catch (Exception) when (!sender.RecognisesRepeats)
        {
            return Outcome.GiveUp(Reasons.OutcomeUnknown);
        }
    }
}
