using Cqrs.Domain.Connections;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Mailboxes;

namespace Cqrs.Client.Connections;

/// <summary>The user's connections, at one moment.</summary>
/// <param name="Version">Grows with every change; comparable with <see cref="Messaging.Poll.Version"/>.</param>
public sealed record ConnectionList(long Version, Squares Squares, IReadOnlyList<ConnectionEntry> Connections);

/// <summary>One entry: a square of the grid, or somebody who waits for an answer, or a plain contact.</summary>
/// <param name="State">What this user sees; never <see cref="ConnectionView.None"/>.</param>
/// <param name="FirstName">While <c>inviting</c>, the name that this user typed.</param>
/// <param name="Phone">E.164.</param>
/// <param name="Since">When the entry got its state.</param>
/// <param name="Peer">The other side, as the mailboxes know him; where connected.</param>
public sealed record ConnectionEntry(
    ConnectionId ConnectionId, ConnectionView State, string FirstName, string LastName, string Phone, DateTimeOffset Since, Peer? Peer = null)
{
    /// <summary>Never name or number.</summary>
    public override string ToString() => $"{State} {ConnectionId}";
}

/// <summary>The other side of a connection.</summary>
/// <param name="Half">His half of the mailbox names: a secret of the two.</param>
/// <param name="UserKey">Whom to notify.</param>
public sealed record Peer(MailboxHalf Half, UserKey UserKey);

/// <summary>An invite, sent now or before.</summary>
/// <param name="State"><c>inviting</c>; or <c>connected</c> when he had invited this user.</param>
/// <param name="InviteeHasApp">He was told by a push; else the phone sends <paramref name="SmsText"/>.</param>
/// <param name="Phone">The number, completed (E.164).</param>
/// <param name="Link">Where the invitee finds the app; null where nobody needs a link.</param>
/// <param name="SmsText">What to send him; the app may send it without changing it.</param>
public sealed record SentInvite(
    ConnectionId ConnectionId, ConnectionView State, bool InviteeHasApp, string Phone, string? Link = null, string? SmsText = null)
{
    /// <summary>Never number or link.</summary>
    public override string ToString() => $"{State} {ConnectionId}";
}

internal sealed record InviteRequest(string FirstName, string LastName, string Phone);

internal sealed record StepAnswer(ConnectionId ConnectionId, ConnectionView State);
