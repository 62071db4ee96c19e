using Cqrs.Domain.Decisions;
using Cqrs.Domain.Registration;
using static Cqrs.Rules.Tests.Registration.Registering;

namespace Cqrs.Rules.Tests.Registration;

/// <summary>The next code is allowed after 1, 2, 5, 10 minutes, 5 in all; 10 a day per number.</summary>
public sealed class ResendTests
{
    private static readonly double[] MinutesOfSends = [0, 1, 3, 8, 18];

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 3)]
    [InlineData(3, 8)]
    [InlineData(4, 18)]
    public void The_next_code_has_to_wait(int sends, double minutes)
    {
        var given = GivenUser(Sent(First, sends));
        given.When(Resend(First, "next", Minutes(minutes) - Tick)).ThenRefused("resend-too-soon").RetryAt.ShouldBe(Minutes(minutes));
        given.When(Resend(First, "next", Minutes(minutes))).ThenOnce(
            repeatedRefusedWith: sends == 4 ? "rate-limited" : "resend-too-soon", Issued(First, "next", Minutes(minutes)));
    }

    [Fact]
    public void There_is_no_sixth() =>
        GivenUser(Sent(First, 5)).When(Resend(First, "sixth", Minutes(300))).ThenRefused("rate-limited").RetryAt.ShouldBeNull();

    [Fact]
    public void Each_code_replaces_the_one_before_and_lives_its_own_ten_minutes()
    {
        var given = GivenUser([.. Begun(First, "111111"), Issued(First, "222222", Minutes(9))]);
        given.When(Verify(First, "111111", Minutes(9.5))).ThenRefusedAndCounted("wrong-code", Missed(First, Minutes(9.5)));
        given.When(Verify(First, "222222", Minutes(19) - Tick))
            .ThenOnce("code-expired", Verified(First, epoch: 1, again: false, Minutes(19) - Tick));
    }

    [Fact]
    public void The_next_code_comes_with_five_new_tries()
    {
        IDomainEvent[] ended = [.. Begun(First, "111111"), .. Enumerable.Repeat<IDomainEvent>(Missed(First), 5)];
        var after = GivenUser(ended).When(Resend(First, "222222", Minutes(1)))
            .ThenOnce("resend-too-soon", Issued(First, "222222", Minutes(1)));
        after.Attempt(First)!.Misses.ShouldBe(0);
        var (_, refusal) = GivenUser([.. ended, Issued(First, "222222", Minutes(1))]).When(Verify(First, "999999", Minutes(1)))
            .ThenRefusedAndCounted("wrong-code", Missed(First, Minutes(1)));
        refusal.AttemptsLeft.ShouldBe(4);
    }

    [Fact]
    public void An_expired_code_can_be_replaced() =>
        GivenUser(Begun(First, "111111")).When(Resend(First, "222222", Minutes(60)))
            .ThenOnce("resend-too-soon", Issued(First, "222222", Minutes(60)));

    [Fact]
    public void A_used_attempt_has_no_next_code() =>
        GivenUser([.. Begun(First, "111111"), Verified(First, epoch: 1, again: false)])
            .When(Resend(First, "222222", Minutes(5))).ThenRefused("code-expired");

    [Fact]
    public void An_attempt_is_forgotten_after_a_day()
    {
        var given = GivenUser(Begun(First, "111111"));
        given.When(Resend(First, "222222", Days(1))).ThenOnce("resend-too-soon", Issued(First, "222222", Days(1)));
        given.When(Resend(First, "222222", Days(1) + Tick)).ThenRefused("unknown-registration");
        given.When(Verify(First, "111111", Days(1) + Tick)).ThenRefused("unknown-registration");
    }

    [Fact]
    public void The_day_begins_with_the_last_code() =>
        GivenUser([.. Begun(First, "111111"), Issued(First, "222222", Days(0.9))]).When(Resend(First, "333333", Days(1.9)))
            .ThenOnce("resend-too-soon", Issued(First, "333333", Days(1.9)));

    [Fact]
    public void A_forgotten_attempt_leaves_the_state_with_the_next() =>
        GivenUser(Begun(First, "111111")).When(Request(Second, "222222", Days(2))).Then(Begun(Second, "222222", Days(2)))
            .Attempts.ShouldHaveSingleItem().Id.ShouldBe(Second);

    [Fact]
    public void An_unknown_attempt_has_no_next_code() =>
        GivenUser().When(Resend(First, "111111", Start)).ThenRefused("unknown-registration");

    [Fact]
    public void Ten_codes_a_day_go_to_a_number_over_all_attempts()
    {
        var given = GivenUser([.. Sent(First, 5), .. Sent(Second, 4)]);
        given.When(Resend(Second, "tenth", Minutes(30))).ThenOnce("rate-limited", Issued(Second, "tenth", Minutes(30)));

        var full = GivenUser([.. Sent(First, 5), .. Sent(Second, 5)]);
        full.When(Request(Guid.Empty, "eleventh", Minutes(60))).ThenRefused("rate-limited").RetryAt.ShouldBe(Days(1));
        full.When(Request(Guid.Empty, "eleventh", Days(1) - Tick)).ThenRefused("rate-limited");
        full.When(Request(Guid.Empty, "eleventh", Days(1))).Then(Begun(Guid.Empty, "eleventh", Days(1)));
    }

    [Fact]
    public void The_tenth_may_be_the_first_of_a_new_attempt() =>
        GivenUser([.. Sent(First, 5), .. Sent(Second, 4)]).When(Request(Guid.Empty, "tenth", Minutes(60)))
            .Then(Begun(Guid.Empty, "tenth", Minutes(60))).CodesSentAt.Length.ShouldBe(10);

    [Fact]
    public void Verification_does_not_forget_the_codes_of_the_day() =>
        GivenUser([.. Sent(First, 5), .. Sent(Second, 5), Verified(Second, epoch: 1, again: false, Minutes(20))])
            .When(Request(Guid.Empty, "eleventh", Minutes(60))).ThenRefused("rate-limited");

    [Fact]
    public void The_count_per_number_is_switched_off_by_the_rules() =>
        GivenUser([.. Sent(First, 5), .. Sent(Second, 5)]).When(Request(Guid.Empty, "eleventh", Minutes(60), NoLimitPerNumber))
            .Then(Begun(Guid.Empty, "eleventh", Minutes(60)));

    [Fact]
    public void Switched_off_the_waits_of_an_attempt_stay()
    {
        GivenUser(Sent(First, 1)).When(Resend(First, "next", Seconds(59), NoLimitPerNumber)).ThenRefused("resend-too-soon");
        GivenUser(Sent(First, 5)).When(Resend(First, "sixth", Minutes(300), NoLimitPerNumber)).ThenRefused("rate-limited");
    }

    [Fact]
    public void Where_more_were_sent_than_the_rules_now_allow_the_time_told_is_the_time_allowed()
    {
        var rules = new RegistrationRules { SendsPerNumberPerDay = 2 };
        var given = GivenUser(Sent(First, 4));
        var refusal = given.When(Request(Second, "next", Minutes(60), rules)).ThenRefused("rate-limited");
        refusal.RetryAt.ShouldBe(Minutes(3) + TimeSpan.FromDays(1));
        given.When(Request(Second, "next", refusal.RetryAt!.Value - Tick, rules)).ThenRefused("rate-limited");
        given.When(Request(Second, "next", refusal.RetryAt!.Value, rules)).Then(Begun(Second, "next", refusal.RetryAt!.Value));
    }

    [Fact]
    public void Where_the_rules_allow_none_there_is_none() =>
        GivenUser().When(Request(First, "111111", Start, new() { SendsPerNumberPerDay = 0 })).ThenRefused("rate-limited");

    private static IDomainEvent[] Sent(Guid attempt, int sends) =>
        [Requested(attempt), .. MinutesOfSends.Take(sends).Select(minutes => Issued(attempt, "111111", Minutes(minutes)))];
}
