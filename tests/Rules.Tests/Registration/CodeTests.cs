using Cqrs.Domain.Decisions;
using Cqrs.Domain.Users;
using static Cqrs.Rules.Tests.Registration.Registering;

namespace Cqrs.Rules.Tests.Registration;

/// <summary>A code: alive 10 minutes, works once, 5 wrong tries end it.</summary>
public sealed class CodeTests
{
    private static readonly TimeSpan TenMinutes = TimeSpan.FromMinutes(10);

    [Fact]
    public void A_registration_is_an_attempt_and_its_first_code() =>
        GivenUser().When(Request(First, "111111")).Then(Requested(First), Issued(First, "111111")).Status.ShouldBe(UserStatus.Pending);

    [Fact]
    public void Who_was_invited_before_is_the_same_user()
    {
        var after = GivenUser(Invited()).When(Request(First, "111111")).Then(Begun(First, "111111"));
        (after.Id, after.Status).ShouldBe((Ann, UserStatus.Pending));
    }

    [Fact]
    public void The_right_code_verifies_once()
    {
        var after = GivenUser(Begun(First, "111111")).When(Verify(First, "111111"))
            .ThenOnce("code-expired", Verified(First, epoch: 1, again: false));
        (after.Status, after.Epoch, after.VerifiedAt).ShouldBe((UserStatus.Verified, 1u, Start));
        (after.FirstName!.Text, after.LastName!.Text, after.Phone!.Text, after.MailboxKey!.Text).ShouldBe(("Ann", "Lee", Phone, Key));
    }

    [Fact]
    public void A_code_works_until_just_before_its_ten_minutes_are_over()
    {
        var at = Start + TenMinutes - Tick;
        GivenUser(Begun(First, "111111")).When(Verify(First, "111111", at))
            .ThenOnce("code-expired", Verified(First, epoch: 1, again: false, at));
    }

    [Fact]
    public void After_ten_minutes_to_the_tick_it_does_not() =>
        GivenUser(Begun(First, "111111")).When(Verify(First, "111111", Start + TenMinutes)).ThenRefused("code-expired");

    [Fact]
    public void A_wrong_try_at_an_expired_code_is_not_counted() =>
        GivenUser(Begun(First, "111111")).When(Verify(First, "999999", Start + TenMinutes)).ThenRefused("code-expired");

    [Fact]
    public void Five_wrong_tries_end_it_even_for_the_right_code()
    {
        var history = Begun(First, "111111").ToList();
        foreach (var left in new[] { 4, 3, 2, 1, 0 })
        {
            var (_, refusal) = GivenUser(history).When(Verify(First, "999999")).ThenRefusedAndCounted("wrong-code", Missed(First));
            refusal.AttemptsLeft.ShouldBe(left);
            history.Add(Missed(First));
        }

        GivenUser(history).When(Verify(First, "999999")).ThenRefused("too-many-attempts");
        GivenUser(history).When(Verify(First, "111111")).ThenRefused("too-many-attempts");
    }

    [Fact]
    public void The_last_try_may_be_right() =>
        GivenUser([.. Begun(First, "111111"), .. Enumerable.Repeat<IDomainEvent>(Missed(First), 4)])
            .When(Verify(First, "111111")).ThenOnce("code-expired", Verified(First, epoch: 1, again: false));

    [Theory]
    [InlineData("")]
    [InlineData("11111")]
    [InlineData("1111111")]
    [InlineData(" 111111")]
    [InlineData("١١١١١١")]
    public void What_is_almost_the_code_is_not_the_code(string typed) =>
        GivenUser(Begun(First, "111111")).When(Verify(First, typed)).ThenRefusedAndCounted("wrong-code", Missed(First));

    [Fact]
    public void A_very_long_code_is_wrong_like_any_other() =>
        GivenUser(Begun(First, "111111")).When(Verify(First, new('1', 100_000))).ThenRefusedAndCounted("wrong-code", Missed(First));

    [Fact]
    public void Where_the_code_was_erased_nothing_fits() =>
        GivenUser(Requested(First), Issued(First, "111111") with { Code = new(Ann, Text: null) })
            .When(Verify(First, "")).ThenRefusedAndCounted("wrong-code", Missed(First));

    [Fact]
    public void Tries_count_for_their_own_attempt_alone()
    {
        var (after, _) = GivenUser([.. Begun(First, "111111"), .. Begun(Second, "222222")])
            .When(Verify(First, "222222")).ThenRefusedAndCounted("wrong-code", Missed(First));
        after.Attempt(First)!.Misses.ShouldBe(1);
        after.Attempt(Second)!.Misses.ShouldBe(0);
    }

    [Fact]
    public void An_unknown_attempt_has_no_code()
    {
        GivenUser(Begun(First, "111111")).When(Verify(Second, "111111")).ThenRefused("unknown-registration");
        GivenUser().When(Verify(First, "111111")).ThenRefused("unknown-registration");
    }
}
