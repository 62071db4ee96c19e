using Cqrs.Domain.Phones;

namespace Cqrs.Rules.Tests.Phones;

/// <summary>A number from an address book, completed from its owner's own.</summary>
public class CompleteTests
{
    [Theory]
    [InlineData("373-4253", "+12125550123", "+12123734253")]
    [InlineData("(646) 373-4253", "+12125550123", "+16463734253")]
    [InlineData("1 646 373 4253", "+12125550123", "+16463734253")]
    [InlineData("373 4253 x5", "+12125550123", "+12123734253")]
    [InlineData("373-4253", "+14165550123", "+14163734253")]
    [InlineData("310-2345", "+12125550123", "+12123102345")]
    [InlineData("011 49 30 123456", "+12125550123", "+4930123456")]
    [InlineData("+49 30 123456", "+12125550123", "+4930123456")]
    public void In_North_America_seven_digits_take_the_inviters_three(string text, string inviter, string expected) =>
        Completed(text, inviter).ShouldBe(expected);

    [Theory]
    [InlineData("464-1234", "+12684641111", "+12684641234")]
    [InlineData("234-5678", "+18092345111", "+18092345678")]
    [InlineData("234-5678", "+18292345111", "+18292345678")]
    [InlineData("234-5678", "+18762345111", "+18762345678")]
    public void And_so_they_do_in_the_Caribbean(string text, string inviter, string expected) =>
        Completed(text, inviter).ShouldBe(expected);

    [Fact]
    public void In_Canada_310_and_four_digits_are_complete() =>
        Completed("310-2345", "+14165550123").ShouldBe("+13102345");

    [Theory]
    [InlineData("+18005550123")]
    [InlineData("+19005550123")]
    [InlineData("+15005550123")]
    public void A_number_of_no_area_lends_none(string inviter) =>
        PhoneNumberParser.Complete("373-4253", PhoneNumber.FromStored(inviter)).Refusal.ShouldBe(PhoneRefusal.TooShort);

    [Theory]
    [InlineData("96123-4567", "+5511987654321", "+5511961234567")]
    [InlineData("96123-4567", "+552133334444", "+5521961234567")]
    [InlineData("3333-4444", "+5511987654321", "+551133334444")]
    [InlineData("21 96123-4567", "+5511987654321", "+5521961234567")]
    [InlineData("4004-1234", "+5511987654321", "+5540041234")]
    public void In_Brazil_eight_or_nine_digits_take_the_inviters_two(string text, string inviter, string expected) =>
        Completed(text, inviter).ShouldBe(expected);

    [Theory]
    [InlineData("030 123456", "+4915112345678", "+4930123456")]
    [InlineData("0043 1 234567", "+4915112345678", "+431234567")]
    [InlineData("312 345 6789", "+393201234567", "+393123456789")]
    [InlineData("06 698 12345", "+393201234567", "+390669812345")]
    [InlineData("55 1234 5678", "+523312345678", "+525512345678")]
    [InlineData("011 15 2345-6789", "+5491123456780", "+5491123456789")]
    [InlineData("8 912 345-67-89", "+77012345678", "+79123456789")]
    [InlineData("256789", "+447781123456", "+441481256789")]
    [InlineData("456789", "+447797123456", "+441534456789")]
    [InlineData("07400 123456", "+447624123456", "+447400123456")]
    [InlineData("9321 5678", "+61491570156", null)]
    [InlineData("2345 6789", "+523312345678", null)]
    public void Elsewhere_it_takes_the_country_and_what_the_plan_puts_in(string text, string inviter, string? expected) =>
        Completed(text, inviter).ShouldBe(expected);

    [Fact]
    public void An_inviter_of_no_country_lends_his_code() =>
        Completed("1234 5678", "+80087654321").ShouldBe("+80012345678");

    [Fact]
    public void An_inviter_whose_code_is_gone_lends_nothing()
    {
        var inviter = PhoneNumber.FromStored("+2101234567");
        PhoneNumberParser.Complete("030 123456", inviter).Refusal.ShouldBe(PhoneRefusal.NoRegion);
        PhoneNumberParser.Complete("+4930123456", inviter).Number?.E164.ShouldBe("+4930123456");
        PhoneNumberParser.RegionOf(inviter).ShouldBeNull();
        PhoneNumberParser.CallingCode(inviter).ShouldBeNull();
    }

    private static string? Completed(string text, string inviter) =>
        PhoneNumberParser.Complete(text, PhoneNumber.FromStored(inviter)).Number?.E164;
}
