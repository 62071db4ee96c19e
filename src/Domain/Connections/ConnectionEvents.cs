using Cqrs.Domain.Decisions;
using Cqrs.Domain.Identity;

namespace Cqrs.Domain.Connections;

// The events of connection-{connectionId}. A storage format: fields are added, never changed; a changed meaning is a
// new event. Each names the people whom it concerns, so that a reader needs no other event to tell whom to tell.

/// <summary>
/// One asks the other. The names are those that the inviter has in his phone book; the code is that of the link for
/// those who do not have the app.
/// </summary>
[EventName("invite-sent.v1")]
public sealed record InviteSent(
    ConnectionId Connection, UserId Inviter, UserId Invitee, Personal FirstName, Personal LastName, Personal Code,
    DateTimeOffset At) : IDomainEvent;

/// <summary>Somebody pressed the button on the page of the link.</summary>
[EventName("invite-link-opened.v1")]
public sealed record InviteLinkOpened(ConnectionId Connection, UserId Inviter, UserId Invitee, DateTimeOffset At) : IDomainEvent;

/// <summary>The invitee opened the invite in his app; from now on cancelling it leaves a trace with him.</summary>
[EventName("invite-seen.v1")]
public sealed record InviteSeen(ConnectionId Connection, UserId Inviter, UserId Invitee, DateTimeOffset At) : IDomainEvent;

[EventName("invite-accepted.v1")]
public sealed record InviteAccepted(ConnectionId Connection, UserId Inviter, UserId Invitee, DateTimeOffset At) : IDomainEvent;

[EventName("invite-rejected.v1")]
public sealed record InviteRejected(ConnectionId Connection, UserId Inviter, UserId Invitee, DateTimeOffset At) : IDomainEvent;

[EventName("rejection-acknowledged.v1")]
public sealed record RejectionAcknowledged(ConnectionId Connection, UserId Inviter, UserId Invitee, DateTimeOffset At) : IDomainEvent;

/// <summary>The inviter took it back. Unseen, it is as if it had never been; seen, the invitee keeps a plain entry.</summary>
[EventName("invite-cancelled.v1")]
public sealed record InviteCancelled(ConnectionId Connection, UserId Inviter, UserId Invitee, bool Seen, DateTimeOffset At) : IDomainEvent;

/// <summary>A plain entry without an invite was cleared.</summary>
[EventName("entry-cleared.v1")]
public sealed record EntryCleared(ConnectionId Connection, UserId By, UserId Other, DateTimeOffset At) : IDomainEvent;

/// <summary>Either side cleared the square of a connection; the other side keeps a plain entry.</summary>
[EventName("connection-cleared.v1")]
public sealed record ConnectionCleared(ConnectionId Connection, UserId By, UserId Other, DateTimeOffset At) : IDomainEvent;

/// <summary>One side was forgotten; nothing is left of the connection on either side.</summary>
[EventName("party-forgotten.v1")]
public sealed record PartyForgotten(ConnectionId Connection, UserId User, UserId Other, DateTimeOffset At) : IDomainEvent;

/// <summary>
/// A square was reserved for this connection and nothing came of it. Changes nothing but the version, so that whoever
/// reserved it and is still on his way must look again (docs/decisions/squares.md).
/// </summary>
[EventName("reservation-lapsed.v1")]
public sealed record ReservationLapsed(ConnectionId Connection, UserId User, DateTimeOffset At) : IDomainEvent;
