using Cqrs.Domain.Identity;
using Cqrs.Domain.Mailboxes;
using Cqrs.Notifications.Deliveries;
using Cqrs.Notifications.Messages;

namespace Cqrs.Notifications.Push;

/// <summary>Pushes that one phone asks for and another gets.</summary>
public sealed class PhonePushes(Dispatcher dispatcher, PushDataSealer sealer)
{
    /// <summary>Answers when the push cannot be lost any more. The same command is the same push.</summary>
    /// <param name="kind">One of <see cref="PushKinds.OfPhones"/>.</param>
    /// <param name="data">Without <see cref="PushData.Fault"/>.</param>
    public async Task SendAsync(
        UserKey from, UserKey to, string kind, IReadOnlyDictionary<string, string>? data, CommandId command, CancellationToken cancel)
    {
        var id = MessageIds.Of(command.Value, kind);
        await dispatcher.DispatchAsync(
            [new SendPush(id, to.ToString(), kind, from.ToString(), Connection: null, await sealer.SealAsync(id, data, cancel))], cancel);
    }
}
