using Cqrs.Domain.Connections;
using Cqrs.Domain.Decisions;
using Cqrs.Domain.Identity;

namespace Cqrs.Rules.Tests.Connections;

/// <summary>The events and commands of Ann and Bob, short enough to read a history at a glance.</summary>
public static class Pair
{
    public static readonly ConnectionId Id = ConnectionId.Between(Ann, Bob);

    public static UserId OtherThan(UserId user) => user == Ann ? Bob : Ann;

    public static InviteSent Invites(UserId by, DateTimeOffset? at = null) =>
        new(Id, by, OtherThan(by), FirstName(by), LastName(by), new(by, "code"), at ?? Start);

    public static InviteLinkOpened OpensLinkOf(UserId inviter) => new(Id, inviter, OtherThan(inviter), Start);

    public static InviteSeen Sees(UserId by) => new(Id, OtherThan(by), by, Start);

    public static InviteAccepted Accepts(UserId by) => new(Id, OtherThan(by), by, Start);

    public static InviteRejected Rejects(UserId by) => new(Id, OtherThan(by), by, Start);

    public static RejectionAcknowledged Acknowledges(UserId by) => new(Id, by, OtherThan(by), Start);

    public static InviteCancelled CancelsUnseen(UserId by) => new(Id, by, OtherThan(by), Seen: false, Start);

    public static InviteCancelled CancelsSeen(UserId by) => new(Id, by, OtherThan(by), Seen: true, Start);

    public static EntryCleared ClearsEntry(UserId by) => new(Id, by, OtherThan(by), Start);

    public static ConnectionCleared Disconnects(UserId by) => new(Id, by, OtherThan(by), Start);

    public static PartyForgotten IsForgotten(UserId user) => new(Id, user, OtherThan(user), Start);

    public static ReservationLapsed Lapses(UserId user) => new(Id, user, Start);

    public static Func<Connection, Decision> Invite(UserId by, DateTimeOffset? at = null) => connection =>
        ConnectionDecider.Invite(connection, by, OtherThan(by), FirstName(by), LastName(by), "code", at ?? Start);

    public static Func<Connection, Decision> OpenLink() => connection => ConnectionDecider.OpenLink(connection, Start);

    public static Func<Connection, Decision> See(UserId by) => connection => ConnectionDecider.See(connection, by, Start);

    public static Func<Connection, Decision> Accept(UserId by) => connection => ConnectionDecider.Accept(connection, by, Start);

    public static Func<Connection, Decision> Reject(UserId by) => connection => ConnectionDecider.Reject(connection, by, Start);

    public static Func<Connection, Decision> Acknowledge(UserId by) => connection => ConnectionDecider.Acknowledge(connection, by, Start);

    public static Func<Connection, Decision> Clear(UserId by) => connection => ConnectionDecider.Clear(connection, by, Start);

    public static Func<Connection, Decision> Forget(UserId user) => connection => ConnectionDecider.Forget(connection, user, Start);

    public static Func<Connection, Decision> Lapse(UserId user) => connection => ConnectionDecider.Lapse(connection, Id, user, Start);

    /// <summary>What each of the two sees.</summary>
    public static void ShouldLook(this Connection connection, ConnectionView toAnn, ConnectionView toBob)
    {
        (connection.ViewOf(Ann), connection.ViewOf(Bob)).ShouldBe((toAnn, toBob));
        connection.ViewOf(Cid).ShouldBe(ConnectionView.None);
    }

    private static Personal FirstName(UserId by) => new(OtherThan(by), by == Ann ? "Bobby" : "Annie");

    private static Personal LastName(UserId by) => new(OtherThan(by), "");
}
