using System.Collections.Frozen;
using Cqrs.Client.Connections;
using Cqrs.Client.Http;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Mailboxes;

namespace Cqrs.Client.Messaging;

/// <summary>The two mailboxes of one connection, and whom to notify; computed by this phone, not taken from the server.</summary>
/// <param name="Out">Written by this user.</param>
/// <param name="In">Written by the other side.</param>
/// <param name="Peer">How the notifications know the other side.</param>
public sealed record Channel(ConnectionId Connection, MailboxName Out, MailboxName In, UserKey Peer);

/// <summary>
/// A ticket whose grants this phone has checked: what the mailboxes, uploads and notifications ask for. A secret: it
/// prints as a word.
/// </summary>
public sealed class VendedTicket
{
    private readonly string _text;
    private readonly long _listVersion;
    private readonly FrozenDictionary<ConnectionId, Channel> _byConnection;
    private readonly FrozenDictionary<MailboxName, Channel> _byIncoming;

    internal VendedTicket(string text, DateTimeOffset expiresAt, long freshUntil, long listVersion, long changes, IReadOnlyList<Channel> channels, AwsCredentials? aws)
    {
        (_text, ExpiresAt, FreshUntil, _listVersion, Changes, Channels, Aws) = (text, expiresAt, freshUntil, listVersion, changes, channels, aws);
        _byConnection = channels.ToFrozenDictionary(channel => channel.Connection);
        _byIncoming = channels.ToFrozenDictionary(channel => channel.In);
    }

    /// <summary>By the server's clock.</summary>
    public DateTimeOffset ExpiresAt { get; }

    /// <summary>One for each connection.</summary>
    public IReadOnlyList<Channel> Channels { get; }

    /// <summary>Only where the server runs on AWS.</summary>
    public AwsCredentials? Aws { get; }

    /// <summary>A time stamp of the client's clock.</summary>
    internal long FreshUntil { get; }

    /// <summary><see cref="ConnectionsClient.Changes"/> when the ticket was asked for.</summary>
    internal long Changes { get; }

    /// <summary>The secret itself.</summary>
    public string Reveal() => _text;

    public override string ToString() => "ticket";

    /// <summary>Are others connected on this list than when the ticket was vended? A poll would pass them over.</summary>
    internal bool IsOlderThan(ConnectionList? list) =>
        list?.Version > _listVersion
        && !_byConnection.Keys.ToHashSet().SetEquals(list.Connections.Where(entry => entry.Peer is not null).Select(entry => entry.ConnectionId));

    /// <exception cref="ApiException"><c>not-yours</c>, as the server would say.</exception>
    internal Channel ChannelOf(ConnectionId connection) => _byConnection.TryGetValue(connection, out var channel)
        ? channel
        : throw new ApiException(TicketKeeper.NotYours, status: 403, "There is no such connection.");

    internal Channel? ChannelInto(MailboxName incoming) => _byIncoming.GetValueOrDefault(incoming);
}

/// <summary>Temporary credentials, limited to the ticket's mailboxes and videos. Secrets: they print as a word.</summary>
public sealed record AwsCredentials(
    string AccessKeyId, string SecretAccessKey, string SessionToken, DateTimeOffset Expiration, string Region, string Table, string Bucket)
{
    public override string ToString() => "AWS credentials";
}

internal sealed record VendingAnswer(string Ticket, DateTimeOffset ExpiresAt, IReadOnlyList<GrantAnswer> Grants, AwsCredentials? Aws = null);

internal sealed record GrantAnswer(ConnectionId ConnectionId, MailboxName Out, MailboxName In, UserKey Peer);
