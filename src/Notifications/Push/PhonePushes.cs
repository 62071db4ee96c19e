using Cqrs.Domain.Identity;
using Cqrs.Domain.Mailboxes;
using Cqrs.Notifications.Deliveries;
using Cqrs.Notifications.Messages;

namespace Cqrs.Notifications.Push;

/// <summary>Pushes from one phone to another.</summary>
public sealed class PhonePushes(Dispatcher dispatcher, PushDataSealer sealer)
{
    /// <summary>Stores the push; it is durable when the task ends. A repeated command is the same push.</summary>
    /// <param name="kind">One of <see cref="PushKinds.OfPhones"/>.</param>
    /// <param name="data">Checked by <see cref="PushData.FaultOf"/>.</param>
    public async Task SendAsync(
        UserKey from, UserKey to, string kind, IReadOnlyDictionary<string, string>? data, CommandId command, CancellationToken cancel)
    {
        var id = MessageIds.Of(command.Value, kind);
        await dispatcher.DispatchAsync(
            [new SendPush(id, to.ToString(), kind, from.ToString(), Connection: null, await sealer.SealAsync(id, data, cancel))], cancel);
    }
}
