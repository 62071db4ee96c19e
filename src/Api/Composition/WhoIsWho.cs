using Cqrs.Api.Http;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Mailboxes;
using Cqrs.EventStore.Log;
using Cqrs.Notifications.Devices;
using Cqrs.Notifications.Relays;
using Cqrs.Projections.Connections;

namespace Cqrs.Api.Composition;

/// <summary>
/// The relay knows no users; the read side does. They meet only here, and with the devices: relay and consumers are one
/// process, so nothing is noted, and put on the bus, for somebody who has none.
/// </summary>
internal sealed class WhoIsWho(ConnectionsReader reader, ReadPositions positions, IDevices devices) : IWhoIsWho
{
    public async ValueTask<IReadOnlyDictionary<UserId, UserKey>> KeysOfAsync(
        IReadOnlyCollection<UserId> users, LogPosition atLeast, CancellationToken cancel)
    {
        await positions.FollowedAsync("connections", atLeast, cancel);
        var known = await reader.KnownAsAsync(users, cancel);
        var told = await devices.WithAnyAsync([.. known.Values.Select(user => user.UserKey)], cancel);
        return known.Where(user => told.Contains(user.Value.UserKey)).ToDictionary(user => user.Key, user => user.Value.UserKey);
    }

    public async ValueTask<IReadOnlyList<PendingInvite>> InvitesToAsync(UserId user, LogPosition atLeast, CancellationToken cancel)
    {
        await positions.FollowedAsync("connections", atLeast, cancel);
        return [.. reader.InvitesTo(user).Select(invite => new PendingInvite(invite.Connection, invite.Inviter, invite.Since))];
    }
}
