using Cqrs.Client.Connections;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Mailboxes;

namespace Cqrs.Client.Messaging;

/// <summary>
/// Compares what the server grants with what this phone computes from its own mailbox key and the other side's half.
/// A half never changes while the connection has its id: the first one seen is held on to.
/// </summary>
internal sealed class GrantCheck(MailboxKey key)
{
    private readonly Dictionary<ConnectionId, MailboxHalf> _halves = [];

    /// <returns>The channels of the grants whose connections are on the list; the others have ended meanwhile.</returns>
    /// <exception cref="UntrustedServerException">A grant differs.</exception>
    public IReadOnlyList<Channel> Check(IReadOnlyList<GrantAnswer> grants, ConnectionList list)
    {
        var peers = list.Connections.Where(entry => entry.Peer is not null).ToDictionary(entry => entry.ConnectionId, entry => entry.Peer!);
        var channels = new List<Channel>(grants.Count);
        foreach (var grant in grants)
        {
            if (!peers.TryGetValue(grant.ConnectionId, out var peer)) continue;
            var own = ChannelOf(grant.ConnectionId, peer);
            if (own != new Channel(grant.ConnectionId, grant.Out, grant.In, grant.Peer))
                throw new UntrustedServerException(grant.ConnectionId, "The ticket names other mailboxes than this phone computes.");
            channels.Add(own);
        }

        return channels;
    }

    private Channel ChannelOf(ConnectionId connection, Peer peer)
    {
        if (!_halves.TryAdd(connection, peer.Half) && !_halves[connection].Equals(peer.Half))
            throw new UntrustedServerException(connection, "The server gives another half for a connection than before.");
        var own = key.HalfFor(connection);
        return new(connection, MailboxName.From(own, peer.Half), MailboxName.From(peer.Half, own), peer.UserKey);
    }
}
