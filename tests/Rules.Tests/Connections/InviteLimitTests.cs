using Cqrs.Domain.Decisions;
using static Cqrs.Rules.Tests.Connections.Pair;

namespace Cqrs.Rules.Tests.Connections;

/// <summary>After a rejection the same pair may be re-invited at most 3 times in 30 days.</summary>
public sealed class InviteLimitTests
{
    private static readonly IDomainEvent[] RejectedOnce = [Invites(Ann), Rejects(Bob), Acknowledges(Ann)];

    [Fact]
    public void The_fourth_is_refused_and_told_when_to_try_again() =>
        GivenConnection(RejectedOnceAndAgainOn(1, 2, 3)).When(Invite(Ann, Days(4))).ThenRefused("invite-limit").RetryAt.ShouldBe(Days(31));

    [Fact]
    public void Three_are_not_too_many() =>
        GivenConnection(RejectedOnceAndAgainOn(1, 2)).When(Invite(Ann, Days(3))).Then(Invites(Ann, Days(3)));

    [Fact]
    public void The_first_invite_does_not_count_for_it_followed_no_rejection() =>
        GivenConnection(RejectedOnce).When(Invite(Ann, Days(1))).Then(Invites(Ann, Days(1))).InvitedAgainAt.ShouldBe([Days(1)]);

    [Fact]
    public void It_is_refused_until_the_very_moment_told()
    {
        var given = GivenConnection(RejectedOnceAndAgainOn(1, 2, 3));
        given.When(Invite(Ann, Days(31) - Tick)).ThenRefused("invite-limit");
        given.When(Invite(Ann, Days(31))).Then(Invites(Ann, Days(31)));
    }

    [Fact]
    public void Thirty_days_slide()
    {
        var given = GivenConnection(RejectedOnceAndAgainOn(1, 2, 3, 31));
        given.When(Invite(Ann, Days(31.5))).ThenRefused("invite-limit").RetryAt.ShouldBe(Days(32));
        given.When(Invite(Ann, Days(32))).Then(Invites(Ann, Days(32)));
    }

    [Fact]
    public void Invites_that_were_taken_back_count_as_well() =>
        GivenConnection([
            .. RejectedOnce,
            Invites(Ann, Days(1)), CancelsUnseen(Ann), Invites(Ann, Days(2)), CancelsUnseen(Ann), Invites(Ann, Days(3)), CancelsUnseen(Ann)])
            .When(Invite(Ann, Days(4))).ThenRefused("invite-limit");

    [Fact]
    public void It_is_the_pair_that_is_counted_whoever_asks() =>
        GivenConnection([
            .. RejectedOnce,
            Invites(Ann, Days(1)), Rejects(Bob), Invites(Bob, Days(2)), Rejects(Ann), Invites(Ann, Days(3)), Rejects(Bob)])
            .When(Invite(Bob, Days(4))).ThenRefused("invite-limit").RetryAt.ShouldBe(Days(31));

    [Fact]
    public void Invites_that_nobody_refused_are_not_limited() =>
        GivenConnection([
            Invites(Ann), CancelsUnseen(Ann), Invites(Ann, Days(1)), CancelsUnseen(Ann), Invites(Ann, Days(2)), CancelsUnseen(Ann),
            Invites(Ann, Days(3)), CancelsUnseen(Ann)])
            .When(Invite(Ann, Days(4))).Then(Invites(Ann, Days(4)));

    [Fact]
    public void An_acceptance_begins_the_count_anew()
    {
        IDomainEvent[] accepted = [
            .. RejectedOnce,
            Invites(Ann, Days(1)), Rejects(Bob), Acknowledges(Ann), Invites(Ann, Days(2)), Rejects(Bob), Acknowledges(Ann),
            Invites(Ann, Days(3)), Accepts(Bob), Disconnects(Ann)];

        GivenConnection(accepted).When(Invite(Ann, Days(4))).Then(Invites(Ann, Days(4))).InvitedAgainAt.ShouldBeEmpty();
        GivenConnection([.. accepted, Invites(Ann, Days(4)), Rejects(Bob), Acknowledges(Ann)])
            .When(Invite(Ann, Days(5))).Then(Invites(Ann, Days(5))).InvitedAgainAt.ShouldBe([Days(5)]);
    }

    [Fact]
    public void At_the_limit_the_unacknowledged_rejection_comes_first() =>
        GivenConnection(RejectedOnceAndAgainOn(1, 2, 3)[..^1]).When(Invite(Ann, Days(4))).ThenRefused("rejection-unacknowledged");

    private static IDomainEvent[] RejectedOnceAndAgainOn(params double[] days) =>
        [.. RejectedOnce, .. days.SelectMany(day => new IDomainEvent[] { Invites(Ann, Days(day)), Rejects(Bob), Acknowledges(Ann) })];
}
