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
    public const string RelayName = "push-relay";

    // Pushes hold no names: nothing is opened for them.
    private static readonly Carrying Sealed = new(FrozenSet<string>.Empty, Checks: false);

    public string Name => RelayName;

    public LogFilter Filter { get; } = new() { Types = WhoIsTold.EventNames };

    public async ValueTask<IReadOnlyList<IMessage>> MessagesOfAsync(IReadOnlyList<RecordedEvent> events, CancellationToken cancel)
    {
        var upTo = events[^1].Position;
        var news = new List<(Guid Event, Telling Telling)>();
        var decoded = await codec.DecodeCarriedAsync(events, Sealed, cancel);
        for (var i = 0; i < events.Count; i++)
        {
            var invites = decoded[i] is UserVerified { Again: false } e ? await people.InvitesToAsync(e.User, upTo, cancel) : [];
            foreach (var telling in WhoIsTold.Of((IDomainEvent)decoded[i], invites)) news.Add((events[i].Id, telling));
        }

        if (news.Count == 0) return [];
        var keys = await people.KeysOfAsync(news.Select(n => n.Telling.Who).ToHashSet(), upTo, cancel);
        var messages = new List<IMessage>();
        foreach (var (@event, telling) in news)
        {
            if (!keys.TryGetValue(telling.Who, out var key)) continue;
            messages.Add(new SendPush(telling.MessageOf(@event), key.ToString(), telling.Kind, Sender: null, telling.About.Value, Data: null));
        }

        return messages;
    }
}
