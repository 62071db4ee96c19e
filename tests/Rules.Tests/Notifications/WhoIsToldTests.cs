using System.Reflection;
using System.Runtime.CompilerServices;
using Cqrs.Domain.Connections;
using Cqrs.Domain.Decisions;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Users;
using Cqrs.Notifications.Push;
using Cqrs.Notifications.Relays;

namespace Cqrs.Rules.Tests.Notifications;

public sealed class WhoIsToldTests
{
    private static readonly ConnectionId Pair = ConnectionId.Between(Ann, Bob);

    [Fact]
    public void The_invitee_is_told_that_he_is_invited() =>
        Told(new InviteSent(Pair, Ann, Bob, new(Bob, "Bob"), new(Bob, ""), new(Ann, "code"), Start)).ShouldBe([new(Bob, PushKinds.Invited, Pair)]);

    [Fact]
    public void The_inviter_is_told_that_he_is_accepted_also_where_two_invites_crossed() =>
        Told(new InviteAccepted(Pair, Ann, Bob, Start)).ShouldBe([new(Ann, PushKinds.Accepted, Pair)]);

    [Fact]
    public void The_inviter_is_told_that_he_is_rejected() =>
        Told(new InviteRejected(Pair, Ann, Bob, Start)).ShouldBe([new(Ann, PushKinds.Rejected, Pair)]);

    [Fact]
    public void Whoever_waits_for_somebody_is_told_that_he_joined()
    {
        var (withAnn, withCid) = (new PendingInvite(Pair, Ann, Start), new PendingInvite(ConnectionId.Between(Cid, Bob), Cid, Start - Tick));
        Told(Verified(again: false), withAnn, withCid)
            .ShouldBe([new(Ann, PushKinds.Joined, Pair), new(Cid, PushKinds.Joined, ConnectionId.Between(Cid, Bob))]);
    }

    [Fact]
    public void Whoever_invited_him_after_that_is_not() =>
        Told(Verified(again: false), new PendingInvite(Pair, Ann, Start + Tick)).ShouldBeEmpty();

    [Fact]
    public void Nobody_is_told_that_somebody_registered_once_more() =>
        Told(Verified(again: true), new PendingInvite(Pair, Ann, Start)).ShouldBeEmpty();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_cancelled_invite_rings_nowhere(bool seen) => Told(new InviteCancelled(Pair, Ann, Bob, seen, Start)).ShouldBeEmpty();

    [Fact]
    public void A_cleared_connection_rings_nowhere() => Told(new ConnectionCleared(Pair, Ann, Bob, Start)).ShouldBeEmpty();

    [Fact]
    public void Of_every_event_it_was_decided_who_is_told()
    {
        var waiting = new PendingInvite(Pair, Ann, DateTimeOffset.MinValue);
        var told = new List<string>();
        foreach (var type in EventTypes())
        {
            var @event = (IDomainEvent)RuntimeHelpers.GetUninitializedObject(type);
            if (Should.NotThrow(() => Told(@event, waiting), type.Name).Count > 0) told.Add(type.GetCustomAttribute<EventNameAttribute>()!.Name);
        }

        told.ShouldBe(WhoIsTold.EventNames, ignoreOrder: true, "the relay must ask for just these");
    }

    [Fact]
    public void An_event_that_nobody_thought_about_is_not_passed_over() => Should.Throw<ArgumentException>(() => Told(new Unheard(Start)));

    private static IReadOnlyList<Telling> Told(IDomainEvent @event, params PendingInvite[] invites) => WhoIsTold.Of(@event, invites);

    private static UserVerified Verified(bool again) => new(
        Bob, Guid.Empty, new(Bob, "Bob"), new(Bob, ""), new(Bob, "+4915112345100"), new(Bob, "key"), 1, again, Start);

    private static IEnumerable<Type> EventTypes() => typeof(IDomainEvent).Assembly.GetTypes()
        .Where(type => typeof(IDomainEvent).IsAssignableFrom(type) && type is { IsInterface: false, IsAbstract: false });

    private sealed record Unheard(DateTimeOffset At) : IDomainEvent;
}
