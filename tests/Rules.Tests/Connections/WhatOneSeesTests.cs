using Cqrs.Domain.Connections;
using static Cqrs.Domain.Connections.ConnectionView;
using static Cqrs.Rules.Tests.Connections.Pair;

namespace Cqrs.Rules.Tests.Connections;

/// <summary>What a side may do depends on what that side sees: the cases which no row of the table names.</summary>
public sealed class WhatOneSeesTests
{
    [Fact]
    public void Who_cancelled_a_seen_invite_sees_nothing_and_may_invite_anew()
    {
        var after = GivenConnection(Invites(Ann), Sees(Bob), CancelsSeen(Ann)).When(Invite(Ann)).Then(Invites(Ann));
        after.ShouldLook(toAnn: Inviting, toBob: Invited);
        after.Invite!.Seen.ShouldBeFalse("it is another invite");
    }

    [Fact]
    public void An_unseen_cancel_leaves_an_earlier_contact() =>
        GivenConnection(Invites(Ann), Sees(Bob), CancelsSeen(Ann), Invites(Ann))
            .When(Clear(Ann)).Then(CancelsUnseen(Ann)).ShouldLook(toAnn: None, toBob: Contact);

    [Fact]
    public void An_unseen_cancel_leaves_the_contact_of_an_earlier_connection() =>
        GivenConnection(Invites(Bob), Accepts(Ann), Disconnects(Ann), Invites(Ann))
            .When(Clear(Ann)).Then(CancelsUnseen(Ann)).ShouldLook(toAnn: None, toBob: Contact);

    [Fact]
    public void A_contact_who_asks_himself_and_cancels_has_no_contact_any_more() =>
        GivenConnection(Invites(Ann), Sees(Bob), CancelsSeen(Ann), Invites(Bob))
            .When(Clear(Bob)).Then(CancelsUnseen(Bob)).ShouldLook(toAnn: None, toBob: None);

    [Fact]
    public void A_contact_who_rejects_the_new_invite_has_no_contact_any_more() =>
        GivenConnection(Invites(Ann), Sees(Bob), CancelsSeen(Ann), Invites(Ann))
            .When(Reject(Bob)).Then(Rejects(Bob)).ShouldLook(toAnn: Rejected, toBob: None);

    [Fact]
    public void A_contact_gone_with_a_rejection_does_not_come_back() =>
        GivenConnection(Invites(Ann), Sees(Bob), CancelsSeen(Ann), Invites(Ann), Rejects(Bob), Acknowledges(Ann), Invites(Ann))
            .When(Clear(Ann)).Then(CancelsUnseen(Ann)).ShouldLook(toAnn: None, toBob: None);

    [Fact]
    public void Who_rejected_sees_nothing_and_may_ask_himself()
    {
        var after = GivenConnection(Invites(Ann), Rejects(Bob)).When(Invite(Bob)).Then(Invites(Bob));
        after.ShouldLook(toAnn: Invited, toBob: Inviting);
        after.TakesSquareOf(Ann).ShouldBeFalse("her rejection has turned into an invite to her");
        after.TakesSquareOf(Bob).ShouldBeTrue();
    }

    [Fact]
    public void A_rejection_that_turned_into_an_invite_is_not_there_to_be_acknowledged() =>
        GivenConnection(Invites(Ann), Rejects(Bob), Invites(Bob)).When(Acknowledge(Ann)).ThenRefused("not-rejected");

    [Fact]
    public void Who_was_asked_back_may_accept() =>
        GivenConnection(Invites(Ann), Rejects(Bob), Invites(Bob)).When(Accept(Ann)).Then(Accepts(Ann))
            .ShouldLook(toAnn: Connected, toBob: Connected);

    [Fact]
    public void Who_answered_a_crossed_invite_gets_the_same_answer_for_the_same_request() =>
        GivenConnection(Invites(Ann), Accepts(Bob)).When(Invite(Bob)).ThenNothing().ShouldLook(toAnn: Connected, toBob: Connected);

    [Fact]
    public void Who_is_connected_cannot_ask_again() =>
        GivenConnection(Invites(Ann), Accepts(Bob)).When(Invite(Ann)).ThenRefused("already-connected");

    [Fact]
    public void Nobody_invites_himself() =>
        GivenConnection().When(connection => ConnectionDecider.Invite(connection, Ann, Ann, new(Ann, "Ann"), new(Ann, ""), "code", Start))
            .ThenRefused("cannot-invite-yourself");

    [Fact]
    public void The_inviter_cannot_answer_for_the_invitee()
    {
        var given = GivenConnection(Invites(Ann));
        given.When(See(Ann)).ThenRefused("not-invited");
        given.When(Accept(Ann)).ThenRefused("not-invited");
        given.When(Reject(Ann)).ThenRefused("not-invited");
    }

    [Fact]
    public void The_link_is_opened_once_by_whomever_and_changes_what_nobody_sees()
    {
        var after = GivenConnection(Invites(Ann)).When(OpenLink()).Then(OpensLinkOf(Ann));
        after.ShouldLook(toAnn: Inviting, toBob: Invited);
        after.Invite!.Seen.ShouldBeFalse("the button on a page is not the invitee's app");
    }

    [Fact]
    public void The_link_of_an_invite_that_is_over_opens_nothing()
    {
        GivenConnection(Invites(Ann), CancelsUnseen(Ann)).When(OpenLink()).ThenNothing();
        GivenConnection(Invites(Ann), Accepts(Bob)).When(OpenLink()).ThenNothing();
        GivenConnection().When(OpenLink()).ThenNothing();
    }

    [Fact]
    public void A_new_invite_has_a_new_link_and_is_unseen() =>
        GivenConnection(Invites(Ann), OpensLinkOf(Ann), Sees(Bob), CancelsSeen(Ann), Invites(Ann)).When(OpenLink()).Then(OpensLinkOf(Ann))
            .Invite!.Seen.ShouldBeFalse();

    [Fact]
    public void When_one_is_forgotten_neither_sees_anything() =>
        GivenConnection(Invites(Ann), Accepts(Bob)).When(Forget(Ann)).Then(IsForgotten(Ann)).ShouldLook(toAnn: None, toBob: None);

    [Fact]
    public void A_plain_entry_goes_with_the_forgotten() =>
        GivenConnection(Invites(Ann), Accepts(Bob), Disconnects(Ann)).When(Forget(Ann)).Then(IsForgotten(Ann))
            .ShouldLook(toAnn: None, toBob: None);

    // A lapse moves the version of the connection and nothing else: it must do so each time that it is asked.
    [Fact]
    public void A_reservation_lapses_where_no_square_is_needed()
    {
        var after = GivenConnection(Invites(Ann)).When(Lapse(Bob)).ThenEachTime(first: [Lapses(Bob)], again: [Lapses(Bob)]);
        after.ShouldLook(toAnn: Inviting, toBob: Invited);
    }

    [Fact]
    public void A_reservation_of_a_square_that_is_needed_does_not_lapse() =>
        GivenConnection(Invites(Ann)).When(Lapse(Ann)).ThenNothing();

    [Fact]
    public void A_reservation_lapses_on_a_connection_that_never_came_to_be() =>
        GivenConnection().When(Lapse(Ann)).ThenEachTime(first: [Lapses(Ann)], again: [Lapses(Ann)]);
}
