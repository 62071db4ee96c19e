using Cqrs.Domain.Users;

namespace Cqrs.Rules.Tests.Users;

public sealed class PhoneOwnershipTests
{
    [Fact]
    public void A_free_number_goes_to_who_claims_it() =>
        GivenPhone().When(phone => PhoneOwnership.Claim(phone, Ann, Start)).Then(new PhoneClaimed(Ann, Start)).Owner.ShouldBe(Ann);

    [Fact]
    public void An_owned_one_stays_where_it_is() =>
        GivenPhone(new PhoneClaimed(Ann, Start)).When(phone => PhoneOwnership.Claim(phone, Bob, Start)).ThenNothing().Owner.ShouldBe(Ann);

    [Fact]
    public void Its_owner_releases_it() =>
        GivenPhone(new PhoneClaimed(Ann, Start)).When(phone => PhoneOwnership.Release(phone, Ann, Start))
            .Then(new PhoneReleased(Ann, Start)).Owner.ShouldBeNull();

    [Fact]
    public void Nobody_else_does() =>
        GivenPhone(new PhoneClaimed(Ann, Start)).When(phone => PhoneOwnership.Release(phone, Bob, Start)).ThenNothing().Owner.ShouldBe(Ann);

    [Fact]
    public void A_free_number_cannot_be_released() =>
        GivenPhone().When(phone => PhoneOwnership.Release(phone, Ann, Start)).ThenNothing();

    [Fact]
    public void A_released_number_is_free_for_another() =>
        GivenPhone(new PhoneClaimed(Ann, Start), new PhoneReleased(Ann, Start))
            .When(phone => PhoneOwnership.Claim(phone, Bob, Start)).Then(new PhoneClaimed(Bob, Start)).Owner.ShouldBe(Bob);

    [Fact]
    public void A_release_by_who_no_longer_owns_it_changes_nothing() =>
        GivenPhone(new PhoneClaimed(Ann, Start), new PhoneReleased(Ann, Start), new PhoneClaimed(Bob, Start), new PhoneReleased(Ann, Start))
            .State.Owner.ShouldBe(Bob);
}
