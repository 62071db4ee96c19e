using Cqrs.Domain.Mailboxes;
using Cqrs.Notifications.Deliveries;
using Cqrs.Notifications.Devices;
using Cqrs.Notifications.Messages;

namespace Cqrs.Notifications.Push;

/// <summary>
/// Sends a push to each device of a user, at least once: first it is sent, then that is remembered. While it waits, one
/// that says the same takes its place. A token that the push service no longer knows is forgotten.
/// </summary>
public sealed class PushDelivery(
    IDevices devices, IPushSender sender, IDeliveries deliveries, Deliverer deliverer, PushDataSealer sealer, TimeProvider clock)
{
    public Task DeliverAsync(SendPush message, CancellationToken cancel) =>
        deliverer.RunAsync(message, delivery => AttemptAsync(message, delivery, cancel), cancel);

    private async Task<Outcome> AttemptAsync(SendPush message, Delivery delivery, CancellationToken cancel)
    {
        if (!UserKey.TryParse(message.To, out var to) || PushKinds.TextOf(message.Kind) is not { } text) return Outcome.GiveUp(Reasons.BadMessage);
        if (await deliveries.HasNewerAsync(delivery, cancel)) return Outcome.Done;

        var data = await DataOfAsync(message, cancel);
        var done = delivery.DoneFor.ToList();
        string? failure = null;
        foreach (var device in await devices.OfAsync(to, cancel))
        {
            var name = Platforms.NameOf(device.Platform);
            if (done.Contains(name)) continue;
            var fault = await SendAsync(to, device, new(MessageIds.Of(message.Id, name), device.Platform, device.Token, text, data), cancel);
            if (fault is null) done.Add(name);
            failure ??= fault;
        }

        return failure is null ? Outcome.Done : Outcome.TryAgain(failure, done);
    }

    /// <returns>Null when nothing is left to be done for this device; else the reason.</returns>
    private async Task<string?> SendAsync(UserKey to, Device device, PushNotification push, CancellationToken cancel)
    {
        using var patience = new CancellationTokenSource(DeliveryTimes.Sending, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, patience.Token);
        try
        {
            return await sender.SendAsync(push, either.Token) switch
            {
                PushOutcome.Sent => null,

                // A new token has come meanwhile: the push is for that one.
                PushOutcome.TokenDead => await devices.ForgetAsync(to, device.Platform, device.Token, cancel) ? null : Reasons.NotSent,
                _ => Reasons.NotSent,
            };
        }
        catch (Exception e)
        {
            return e.GetType().Name;
        }
    }

    private async ValueTask<IReadOnlyDictionary<string, string>> DataOfAsync(SendPush message, CancellationToken cancel)
    {
        var data = new Dictionary<string, string>(await sealer.OpenAsync(message.Id, message.Data, cancel)) { [PushData.Kind] = message.Kind };
        if (message.Sender is { } phone) data[PushData.Sender] = phone;
        if (message.Connection is { } connection) data[PushData.Connection] = connection.ToString();
        return data;
    }
}
