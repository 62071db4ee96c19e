using static Cqrs.Domain.Connections.ConnectionView;
using static Cqrs.Rules.Tests.Connections.Pair;

namespace Cqrs.Rules.Tests.Connections;

/// <summary>The blueprint's table of invites, row by row; Ann is its A and Bob its B. Full grids: see GridTests.</summary>
public sealed class InviteTableTests
{
    [Fact]
    public void Nothing_A_invites_B() =>
        GivenConnection().When(Invite(Ann)).Then(Invites(Ann)).ShouldLook(toAnn: Inviting, toBob: Invited);

    [Fact]
    public void Inviting_A_invites_B_again() =>
        GivenConnection(Invites(Ann)).When(Invite(Ann)).ThenNothing().ShouldLook(toAnn: Inviting, toBob: Invited);

    [Fact]
    public void Inviting_B_opens_it()
    {
        var after = GivenConnection(Invites(Ann)).When(See(Bob)).Then(Sees(Bob));
        after.ShouldLook(toAnn: Inviting, toBob: Invited);
        after.Invite!.Seen.ShouldBeTrue();
    }

    [Fact]
    public void Inviting_B_accepts() =>
        GivenConnection(Invites(Ann)).When(Accept(Bob)).Then(Accepts(Bob)).ShouldLook(toAnn: Connected, toBob: Connected);

    [Fact]
    public void Inviting_B_accepts_after_opening_it() =>
        GivenConnection(Invites(Ann), Sees(Bob)).When(Accept(Bob)).Then(Accepts(Bob)).ShouldLook(toAnn: Connected, toBob: Connected);

    [Fact]
    public void Inviting_B_rejects() =>
        GivenConnection(Invites(Ann)).When(Reject(Bob)).Then(Rejects(Bob)).ShouldLook(toAnn: Rejected, toBob: None);

    [Fact]
    public void Inviting_B_clears_the_entry() =>
        GivenConnection(Invites(Ann), Sees(Bob)).When(Clear(Bob)).Then(Rejects(Bob)).ShouldLook(toAnn: Rejected, toBob: None);

    [Fact]
    public void Rejected_A_acknowledges() =>
        GivenConnection(Invites(Ann), Rejects(Bob)).When(Acknowledge(Ann)).Then(Acknowledges(Ann)).ShouldLook(toAnn: None, toBob: None);

    [Fact]
    public void Rejected_A_clears_the_square() =>
        GivenConnection(Invites(Ann), Rejects(Bob)).When(Clear(Ann)).Then(Acknowledges(Ann)).ShouldLook(toAnn: None, toBob: None);

    [Fact]
    public void Inviting_unseen_A_clears_the_square() =>
        GivenConnection(Invites(Ann)).When(Clear(Ann)).Then(CancelsUnseen(Ann)).ShouldLook(toAnn: None, toBob: None);

    [Fact]
    public void Inviting_seen_A_clears_the_square() =>
        GivenConnection(Invites(Ann), Sees(Bob)).When(Clear(Ann)).Then(CancelsSeen(Ann)).ShouldLook(toAnn: None, toBob: Contact);

    [Fact]
    public void Inviting_B_invites_A_crossed() =>
        GivenConnection(Invites(Ann)).When(Invite(Bob)).Then(Accepts(Bob)).ShouldLook(toAnn: Connected, toBob: Connected);

    [Fact]
    public void Contact_B_clears_it() =>
        GivenConnection(Invites(Ann), Sees(Bob), CancelsSeen(Ann)).When(Clear(Bob)).Then(ClearsEntry(Bob))
            .ShouldLook(toAnn: None, toBob: None);

    [Fact]
    public void Contact_B_invites_A() =>
        GivenConnection(Invites(Ann), Sees(Bob), CancelsSeen(Ann)).When(Invite(Bob)).Then(Invites(Bob))
            .ShouldLook(toAnn: Invited, toBob: Inviting);

    [Fact]
    public void Connected_A_clears_the_square() =>
        GivenConnection(Invites(Ann), Accepts(Bob)).When(Clear(Ann)).Then(Disconnects(Ann)).ShouldLook(toAnn: None, toBob: Contact);

    [Fact]
    public void Connected_B_clears_the_square() =>
        GivenConnection(Invites(Ann), Accepts(Bob)).When(Clear(Bob)).Then(Disconnects(Bob)).ShouldLook(toAnn: Contact, toBob: None);

    [Fact]
    public void Rejected_A_invites_again_before_acknowledging()
    {
        var given = GivenConnection(Invites(Ann), Rejects(Bob));
        given.When(Invite(Ann)).ThenRefused("rejection-unacknowledged");
        given.State.ShouldLook(toAnn: Rejected, toBob: None);
    }

    [Fact]
    public void An_earlier_rejection_answers_for_no_later_invite()
    {
        var given = GivenConnection(Invites(Ann), Rejects(Bob), Acknowledges(Ann), Invites(Ann), CancelsUnseen(Ann));
        given.When(Reject(Bob)).ThenRefused("not-invited");
        given.When(Acknowledge(Ann)).ThenRefused("not-rejected");
    }
}
