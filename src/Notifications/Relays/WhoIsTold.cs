using Cqrs.Domain.Audit;
using Cqrs.Domain.Connections;
using Cqrs.Domain.Decisions;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Users;
using Cqrs.Notifications.Messages;
using Cqrs.Notifications.Push;

namespace Cqrs.Notifications.Relays;

/// <summary>Somebody is to be told of something by a push.</summary>
/// <param name="Kind">One of <see cref="PushKinds"/>.</param>
public sealed record Telling(UserId Who, string Kind, ConnectionId About)
{
    /// <summary>The id of the message that an event asks for.</summary>
    public Guid MessageOf(Guid @event) => MessageIds.Of(@event, $"{Kind} {About}");
}

/// <summary>An invite that waits for an answer.</summary>
/// <param name="Since">When it was sent.</param>
public readonly record struct PendingInvite(ConnectionId Connection, UserId Inviter, DateTimeOffset Since);

/// <summary>
/// Whom each event concerns so much that his phone is to ring: the other side of an invite, of an answer, of somebody
/// who joined. Everything else shows when the app is opened: the connections-changed bit tells it.
/// </summary>
public static class WhoIsTold
{
    /// <summary>The events for which anybody is told.</summary>
    public static readonly IReadOnlyList<string> EventNames = ["invite-sent.v1", "invite-accepted.v1", "invite-rejected.v1", "user-verified.v1"];

    /// <param name="invites">The invites to the user who was verified; for other events none.</param>
    /// <exception cref="ArgumentException">An event that nobody has thought about.</exception>
    public static IReadOnlyList<Telling> Of(IDomainEvent @event, IReadOnlyList<PendingInvite> invites) => @event switch
    {
        InviteSent e => [new(e.Invitee, PushKinds.Invited, e.Connection)],

        // Crossed invites end here, too: the inviter is the one who asked first.
        InviteAccepted e => [new(e.Inviter, PushKinds.Accepted, e.Connection)],
        InviteRejected e => [new(e.Inviter, PushKinds.Rejected, e.Connection)],

        // Who is invited after he joined is no newcomer to his inviter, though both be looked up later.
        UserVerified { Again: false } e =>
            [.. invites.Where(invite => invite.Since <= e.At).Select(invite => new Telling(invite.Inviter, PushKinds.Joined, invite.Connection))],
        UserVerified => [],

        InviteLinkOpened or InviteSeen or RejectionAcknowledged or InviteCancelled or EntryCleared or ConnectionCleared
            or PartyForgotten or ReservationLapsed => [],
        PhoneClaimed or PhoneReleased or UserInvited or RegistrationRequested or VerificationCodeIssued or WrongCodeEntered
            or TokensRevoked or SquareTaken or SquareFreed or UserForgotten => [],
        PersonalDataRevealed => [],
        _ => throw new ArgumentException($"It was not decided who is told of {@event.GetType().Name}.", nameof(@event)),
    };
}
