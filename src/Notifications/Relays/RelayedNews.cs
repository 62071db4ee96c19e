using System.Collections.Frozen;
using Cqrs.Domain.Decisions;
using Cqrs.Domain.Users;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Serialization;
using Cqrs.Notifications.Messages;

namespace Cqrs.Notifications.Relays;

/// <summary>
/// News of invites, to be told by push. Follows the log apart from the codes, which must not wait for a read model.
/// </summary>
public sealed class RelayedNews(EventCodec codec, IWhoIsWho people) : IRelayed
{
    /// <summary>Who is told of what is said without names: nothing is opened for it.</summary>
    private static readonly Carrying Sealed = new(FrozenSet<string>.Empty, Checks: false);

    public string Name => "push-relay";

    public LogFilter Filter { get; } = new() { Types = WhoIsTold.EventNames };

    public async ValueTask<IReadOnlyList<IMessage>> MessagesOfAsync(RecordedEvent recorded, CancellationToken cancel)
    {
        var messages = new List<IMessage>();
        var @event = (IDomainEvent)(await codec.DecodeCarriedAsync([recorded], Sealed, cancel))[0];
        var invites = @event is UserVerified { Again: false } e ? await people.InvitesToAsync(e.User, recorded.Position, cancel) : [];
        foreach (var telling in WhoIsTold.Of(@event, invites))
        {
            if (await people.KeyOfAsync(telling.Who, recorded.Position, cancel) is not { } key) continue;
            messages.Add(new SendPush(
                telling.MessageOf(recorded.Id), key.ToString(), telling.Kind, Sender: null, telling.About.Value, Data: null));
        }

        return messages;
    }
}
