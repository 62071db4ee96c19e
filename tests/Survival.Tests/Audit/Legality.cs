using Cqrs.Domain.Connections;
using Cqrs.Domain.Decisions;
using Cqrs.Domain.Squares;
using Cqrs.Domain.Users;

namespace Cqrs.Survival.Tests.Audit;

/// <summary>Which event may follow on which state; written down apart from the deciders, to catch them.</summary>
internal static class Legality
{
    public static bool May(Connection before, IDomainEvent @event) => @event switch
    {
        InviteSent e => e.Inviter != e.Invitee && (before.Phase == ConnectionPhase.Apart || HasRejected(before, e.Inviter)),
        InviteLinkOpened => before is { Phase: ConnectionPhase.Inviting, Invite.LinkOpened: false },
        InviteSeen e => IsPending(before, e.Inviter, e.Invitee) && !before.Invite!.Seen,
        InviteAccepted e => IsPending(before, e.Inviter, e.Invitee),
        InviteRejected e => IsPending(before, e.Inviter, e.Invitee),
        InviteCancelled e => IsPending(before, e.Inviter, e.Invitee) && before.Invite!.Seen == e.Seen,
        RejectionAcknowledged e => before.Phase == ConnectionPhase.Rejected && before.Invite!.Inviter == e.Inviter,
        ConnectionCleared e => before.Phase == ConnectionPhase.Connected && before.IsParty(e.By) && before.IsParty(e.Other),
        EntryCleared e => before.Phase == ConnectionPhase.Apart && before.ContactOf == e.By,
        PartyForgotten e => before.IsParty(e.User) && (before.Phase != ConnectionPhase.Apart || before.ContactOf is not null),
        ReservationLapsed e => !before.TakesSquareOf(e.User),
        _ => false,
    };

    public static bool May(User before, IDomainEvent @event) => @event switch
    {
        UserInvited => before.Status == UserStatus.Unknown,
        RegistrationRequested e => before.Status != UserStatus.Forgotten && before.Attempt(e.Attempt) is null,
        VerificationCodeIssued e => before.Attempt(e.Attempt) is { IsUsed: false },
        WrongCodeEntered e => before.Attempt(e.Attempt) is { IsUsed: false },
        UserVerified e => before.Attempt(e.Attempt) is { IsUsed: false } && e.Epoch == before.Epoch + 1,
        TokensRevoked e => before.IsVerified && e.Epoch == before.Epoch + 1,
        SquareTaken e => before.IsVerified && MayTake(before, e),
        SquareFreed e => before.SquareFor(e.Connection) is not null,
        UserForgotten => before.Status is UserStatus.Pending or UserStatus.Verified,
        _ => false,
    };

    public static bool May(PhoneOwnership before, IDomainEvent @event) => @event switch
    {
        PhoneClaimed => before.Owner is null,
        PhoneReleased e => before.Owner == e.User,
        _ => false,
    };

    // Who said no may ask himself, also before the other has acknowledged it.
    private static bool HasRejected(Connection before, Domain.Identity.UserId user) =>
        before is { Phase: ConnectionPhase.Rejected, Invite: { } invite } && invite.Invitee == user;

    private static bool IsPending(Connection before, Domain.Identity.UserId inviter, Domain.Identity.UserId invitee) =>
        before is { Phase: ConnectionPhase.Inviting, Invite: { } invite } && invite.Inviter == inviter && invite.Invitee == invitee;

    private static bool MayTake(User before, SquareTaken e) => before.SquareFor(e.Connection) is { } held
        ? held.ConnectionVersion < e.ConnectionVersion
        : before.Squares.Length < SquareDecider.DefaultSquares;
}
