using Cqrs.Domain.Decisions;
using Cqrs.Domain.Identity;

namespace Cqrs.Domain.Connections;

/// <summary>
/// The table of invites and connections. What a side may do depends on what that side sees: each command is one
/// <c>switch</c> over the caller's view. A command that already took effect appends nothing.
/// Squares are no concern of this decider: the caller reserves one where the outcome
/// <see cref="Connection.TakesSquareOf"/> him.
/// </summary>
public static class ConnectionDecider
{
    /// <summary>After a rejection the same pair may be invited again so often …</summary>
    public const int InvitesAgain = 3;

    /// <summary>… in any time so long.</summary>
    public static readonly TimeSpan InvitesAgainWithin = TimeSpan.FromDays(30);

    /// <summary>
    /// <paramref name="by"/> asks <paramref name="other"/>. Where the other has asked already, this is his answer: yes.
    /// The names are as typed, the code as drawn by the caller.
    /// </summary>
    public static Decision Invite(
        Connection connection, UserId by, UserId other, Personal firstName, Personal lastName, string code, DateTimeOffset at)
    {
        if (by == other) return Decision.Refuse(ConnectionRefusals.CannotInviteYourself);
        switch (connection.ViewOf(by))
        {
            case ConnectionView.Inviting:
                return Decision.Nothing;
            case ConnectionView.Invited:
                return Accept(connection, by, at);
            case ConnectionView.Connected when connection.Invite!.Invitee == by:
                return Decision.Nothing; // he said yes, perhaps by these very words
            case ConnectionView.Connected:
                return Decision.Refuse(ConnectionRefusals.AlreadyConnected);
            case ConnectionView.Rejected:
                return Decision.Refuse(ConnectionRefusals.RejectionUnacknowledged);
            default:
                if (InvitedAgainTooOften(connection, at) is { } refusal) return Decision.Refuse(refusal);
                return Decision.Of(new InviteSent(
                    ConnectionId.Between(by, other), by, other, firstName, lastName, new(by, code), at));
        }
    }

    /// <summary>The button on the page of the link was pressed; it does not matter by whom.</summary>
    public static Decision OpenLink(Connection connection, DateTimeOffset at) => connection switch
    {
        { Phase: ConnectionPhase.Inviting, Invite: { LinkOpened: false } invite } =>
            Decision.Of(new InviteLinkOpened(Id(invite), invite.Inviter, invite.Invitee, at)),
        _ => Decision.Nothing,
    };

    /// <summary>The invitee opens the invite.</summary>
    public static Decision See(Connection connection, UserId by, DateTimeOffset at)
    {
        if (Stranger(connection, by) is { } refusal) return Decision.Refuse(refusal);
        var invite = connection.Invite!;
        return connection.ViewOf(by) switch
        {
            ConnectionView.Invited when !invite.Seen => Decision.Of(new InviteSeen(Id(invite), invite.Inviter, by, at)),
            ConnectionView.Invited => Decision.Nothing,
            ConnectionView.Connected when invite.Invitee == by => Decision.Nothing,
            _ => Decision.Refuse(ConnectionRefusals.NotInvited),
        };
    }

    public static Decision Accept(Connection connection, UserId by, DateTimeOffset at)
    {
        if (Stranger(connection, by) is { } refusal) return Decision.Refuse(refusal);
        var invite = connection.Invite!;
        return connection.ViewOf(by) switch
        {
            ConnectionView.Invited => Decision.Of(new InviteAccepted(Id(invite), invite.Inviter, by, at)),
            ConnectionView.Connected when invite.Invitee == by => Decision.Nothing,
            _ => Decision.Refuse(ConnectionRefusals.NotInvited),
        };
    }

    public static Decision Reject(Connection connection, UserId by, DateTimeOffset at)
    {
        if (Stranger(connection, by) is { } refusal) return Decision.Refuse(refusal);
        var invite = connection.Invite!;
        return connection.ViewOf(by) switch
        {
            ConnectionView.Invited => Decision.Of(new InviteRejected(Id(invite), invite.Inviter, by, at)),
            ConnectionView.None when invite.Rejected && invite.Invitee == by => Decision.Nothing,
            _ => Decision.Refuse(ConnectionRefusals.NotInvited),
        };
    }

    /// <summary>The inviter has read that he was refused.</summary>
    public static Decision Acknowledge(Connection connection, UserId by, DateTimeOffset at)
    {
        if (Stranger(connection, by) is { } refusal) return Decision.Refuse(refusal);
        var invite = connection.Invite!;
        return connection.ViewOf(by) switch
        {
            ConnectionView.Rejected => Decision.Of(new RejectionAcknowledged(Id(invite), by, invite.Invitee, at)),
            ConnectionView.None when invite.Rejected && invite.Inviter == by => Decision.Nothing,
            _ => Decision.Refuse(ConnectionRefusals.NotRejected),
        };
    }

    /// <summary>
    /// The one gesture of the screen: clearing a square. It cancels, rejects, acknowledges or disconnects, whatever the
    /// entry is; an entry that is already gone stays gone.
    /// </summary>
    public static Decision Clear(Connection connection, UserId by, DateTimeOffset at)
    {
        if (Stranger(connection, by) is { } refusal) return Decision.Refuse(refusal);
        var invite = connection.Invite!;
        var other = invite.Inviter == by ? invite.Invitee : invite.Inviter;
        return connection.ViewOf(by) switch
        {
            ConnectionView.Inviting => Decision.Of(new InviteCancelled(Id(invite), by, other, invite.Seen, at)),
            ConnectionView.Invited => Reject(connection, by, at),
            ConnectionView.Rejected => Acknowledge(connection, by, at),
            ConnectionView.Connected => Decision.Of(new ConnectionCleared(Id(invite), by, other, at)),
            ConnectionView.Contact => Decision.Of(new EntryCleared(Id(invite), by, other, at)),
            _ => Decision.Nothing,
        };
    }

    /// <summary>One side was forgotten.</summary>
    public static Decision Forget(Connection connection, UserId user, DateTimeOffset at)
    {
        if (!connection.IsParty(user)) return Decision.Nothing;
        if (connection is { Phase: ConnectionPhase.Apart, ContactOf: null }) return Decision.Nothing;
        var invite = connection.Invite!;
        var other = invite.Inviter == user ? invite.Invitee : invite.Inviter;
        return Decision.Of(new PartyForgotten(Id(invite), user, other, at));
    }

    /// <summary>Nothing may come any more of a square that was reserved and is not needed.</summary>
    public static Decision Lapse(Connection connection, ConnectionId id, UserId user, DateTimeOffset at) =>
        connection.TakesSquareOf(user) ? Decision.Nothing : Decision.Of(new ReservationLapsed(id, user, at));

    private static ConnectionId Id(Invite invite) => ConnectionId.Between(invite.Inviter, invite.Invitee);

    private static Refusal? Stranger(Connection connection, UserId by) =>
        connection.IsParty(by) ? null : ConnectionRefusals.UnknownConnection;

    private static Refusal? InvitedAgainTooOften(Connection connection, DateTimeOffset at)
    {
        if (!connection.WasRejected) return null;
        var recent = connection.InvitedAgainAt.Where(again => again > at - InvitesAgainWithin).ToList();
        return recent.Count >= InvitesAgain ? ConnectionRefusals.InviteLimit(recent[^InvitesAgain] + InvitesAgainWithin) : null;
    }
}
