using Cqrs.Domain.Decisions;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Users;
using static Cqrs.Rules.Tests.Registration.Registering;

namespace Cqrs.Rules.Tests.Registration;

/// <summary>Verified again: same user, same mailbox key; the old auth token dies. And how tokens die otherwise.</summary>
public sealed class VerifiedAgainTests
{
    private static readonly IDomainEvent[] VerifiedOnce = [.. Begun(First, "111111"), Verified(First, epoch: 1, again: false)];

    private static readonly IDomainEvent[] VerifiedTwice =
        [.. VerifiedOnce, .. Begun(Second, "222222"), Verified(Second, epoch: 2, again: true)];

    [Fact]
    public void The_user_and_the_mailbox_key_stay_and_the_epoch_grows()
    {
        var after = GivenUser([.. VerifiedOnce, Requested(Second, first: "Anna"), Issued(Second, "222222")])
            .When(Verify(Second, "222222", Minutes(1), newKey: "another key"))
            .ThenOnce("code-expired", Verified(Second, epoch: 2, again: true, Minutes(1), first: "Anna"));
        (after.Id, after.Epoch, after.MailboxKey!.Text, after.FirstName!.Text).ShouldBe((Ann, 2u, Key, "Anna"));
    }

    [Fact]
    public void Only_the_newest_epoch_is_good()
    {
        var user = GivenUser(VerifiedTwice).State;
        UserDecider.Authorize(user, 2).ShouldBeNull();
        UserDecider.Authorize(user, 1)!.Code.ShouldBe("unauthorized");
        UserDecider.Authorize(user, 3)!.Code.ShouldBe("unauthorized");
    }

    [Fact]
    public void Asking_anew_changes_nothing_for_who_is_verified()
    {
        var after = GivenUser(VerifiedOnce).When(Request(Second, "222222", first: "Mallory"))
            .Then(Requested(Second, first: "Mallory"), Issued(Second, "222222"));
        (after.Status, after.Epoch, after.FirstName!.Text).ShouldBe((UserStatus.Verified, 1u, "Ann"));
        UserDecider.Authorize(after, 1).ShouldBeNull();
    }

    [Fact]
    public void Other_attempts_die_with_a_verification()
    {
        var given = GivenUser([.. Begun(First, "111111"), .. Begun(Second, "222222"), Verified(Second, epoch: 1, again: false)]);
        given.When(Verify(First, "111111")).ThenRefused("unknown-registration");
        given.When(Resend(First, "333333", Minutes(5))).ThenRefused("unknown-registration");
    }

    [Fact]
    public void The_squares_stay()
    {
        var connection = ConnectionId.Between(Ann, Bob);
        GivenUser([.. VerifiedOnce, new SquareTaken(Ann, connection, 0, Start), .. Begun(Second, "222222")])
            .When(Verify(Second, "222222")).ThenOnce("code-expired", Verified(Second, epoch: 2, again: true))
            .Squares.ShouldBe([new Square(connection, 0)]);
    }

    [Fact]
    public void Nobody_is_authorized_before_his_number_is_proven()
    {
        foreach (var user in new[] { User.Initial, GivenUser(Invited()).State, GivenUser(Begun(First, "111111")).State })
        {
            UserDecider.Authorize(user, 0)!.Code.ShouldBe("unauthorized");
            UserDecider.Authorize(user, 1)!.Code.ShouldBe("unauthorized");
        }
    }

    // Each time it kills what is valid by then; who asks has no valid token left to ask a second time.
    [Fact]
    public void Revoking_kills_every_token()
    {
        var after = GivenUser(VerifiedOnce).When(user => UserDecider.RevokeTokens(user, Start))
            .ThenEachTime(first: [new TokensRevoked(Ann, 2, Start)], again: [new TokensRevoked(Ann, 3, Start)]);
        UserDecider.Authorize(after, 1)!.Code.ShouldBe("unauthorized");
    }

    [Fact]
    public void After_a_revocation_verification_goes_on_counting() =>
        GivenUser([.. VerifiedOnce, new TokensRevoked(Ann, 2, Start), .. Begun(Second, "222222")])
            .When(Verify(Second, "222222")).ThenOnce("code-expired", Verified(Second, epoch: 3, again: true));

    [Fact]
    public void There_is_nothing_to_revoke_before_verification() =>
        GivenUser(Begun(First, "111111")).When(user => UserDecider.RevokeTokens(user, Start)).ThenRefused("unauthorized");

    [Fact]
    public void The_forgotten_are_gone()
    {
        var after = GivenUser([.. VerifiedOnce, .. Begun(Second, "222222")])
            .When(user => UserDecider.Forget(user, Start)).Then(new UserForgotten(Ann, Start));
        after.Status.ShouldBe(UserStatus.Forgotten);
        (after.FirstName, after.LastName, after.MailboxKey).ShouldBe((null, null, null));
        after.Attempts.ShouldBeEmpty();
        after.Squares.ShouldBeEmpty();
        UserDecider.Authorize(after, 1)!.Code.ShouldBe("unauthorized");

        var given = GivenUser([.. VerifiedOnce, .. Begun(Second, "222222"), new UserForgotten(Ann, Start)]);
        given.When(Verify(Second, "222222")).ThenRefused("unknown-registration");
        given.When(Resend(Second, "333333", Minutes(5))).ThenRefused("unknown-registration");
        given.When(Request(Second, "333333", Minutes(5))).ThenRefused("unknown-user");
        given.When(user => UserDecider.RevokeTokens(user, Start)).ThenRefused("unauthorized");
        given.When(user => UserDecider.Invite(user, Ann, new(Ann, Phone), Bob, Start)).ThenNothing();
    }

    [Fact]
    public void Who_never_was_cannot_be_forgotten() =>
        GivenUser().When(user => UserDecider.Forget(user, Start)).ThenRefused("unknown-user");

    [Fact]
    public void The_pending_can_be_forgotten() =>
        GivenUser(Invited()).When(user => UserDecider.Forget(user, Start)).Then(new UserForgotten(Ann, Start));

    [Fact]
    public void An_invite_makes_a_pending_user_once()
    {
        GivenUser().When(user => UserDecider.Invite(user, Ann, new(Ann, Phone), Bob, Start)).Then(Invited()).Status.ShouldBe(UserStatus.Pending);
        GivenUser(Begun(First, "111111")).When(user => UserDecider.Invite(user, Ann, new(Ann, Phone), Bob, Start)).ThenNothing();
        GivenUser(VerifiedOnce).When(user => UserDecider.Invite(user, Ann, new(Ann, Phone), Bob, Start)).ThenNothing();
    }
}
