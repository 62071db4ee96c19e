using Cqrs.Domain.Phones;

namespace Cqrs.Rules.Tests.Phones;

/// <summary>A number as people write it, and the region that the app sends.</summary>
public class ParseTests
{
    [Theory]
    [InlineData("+49 30 123456", null, "+4930123456")]
    [InlineData("030 123456", "DE", "+4930123456")]
    [InlineData("030/123456", "de", "+4930123456")]
    [InlineData("49 30 123456", "DE", "+4930123456")]
    [InlineData("0049 30 123456", "DE", "+4930123456")]
    [InlineData("+49 (0)30 123456", null, "+4930123456")]
    [InlineData("011 49 30 123456", "US", "+4930123456")]
    [InlineData("(213) 373-4253", "US", "+12133734253")]
    [InlineData("1 (213) 373-4253", "US", "+12133734253")]
    [InlineData("213.373.4253", "CA", "+12133734253")]
    [InlineData("06 12 34 56 78", "FR", "+33612345678")]
    [InlineData("8 (912) 345-67-89", "RU", "+79123456789")]
    [InlineData("810 49 30 123456", "RU", "+4930123456")]
    [InlineData("8 (701) 234-56-78", "KZ", "+77012345678")]
    [InlineData("07400 123456", "GB", "+447400123456")]
    [InlineData("07781 123456", "GG", "+447781123456")]
    [InlineData("090-1234-5678", "JP", "+819012345678")]
    [InlineData("0412 345 678", "AU", "+61412345678")]
    [InlineData("055 1234 5678", "MX", null)]
    [InlineData("55 1234 5678", "MX", "+525512345678")]
    [InlineData("081234 56789", "IN", "+918123456789")]
    public void A_national_number_takes_its_country_from_the_region(string text, string? region, string? expected) =>
        Accepted(text, region).ShouldBe(expected);

    [Theory]
    [InlineData("06 698 12345", "IT", "+390669812345")]
    [InlineData("+39 06 12345678", null, "+390612345678")]
    [InlineData("312 345 6789", "IT", "+393123456789")]
    public void Italy_keeps_its_leading_zero(string text, string? region, string expected) =>
        Accepted(text, region).ShouldBe(expected);

    [Theory]
    [InlineData("011 15 2345-6789", "AR", "+5491123456789")]
    [InlineData("11 15 2345 6789", "AR", "+5491123456789")]
    [InlineData("+54 9 11 2345 6789", null, "+5491123456789")]
    [InlineData("011 2345-6789", "AR", "+541123456789")]
    public void Argentina_writes_15_at_home_for_the_mobile_9(string text, string? region, string expected) =>
        Accepted(text, region).ShouldBe(expected);

    [Theory]
    [InlineData("011 96123-4567", "BR", "+5511961234567")]
    [InlineData("0 15 11 96123-4567", "BR", "+5511961234567")]
    [InlineData("(11) 96123-4567", "BR", "+5511961234567")]
    public void Brazil_drops_the_carrier_that_was_dialled(string text, string? region, string expected) =>
        Accepted(text, region).ShouldBe(expected);

    [Theory]
    [InlineData("464-1234", "AG", "+12684641234")]
    [InlineData("256789", "GG", "+441481256789")]
    public void A_territory_with_one_area_code_has_it_put_in(string text, string region, string expected) =>
        Accepted(text, region).ShouldBe(expected);

    [Theory]
    [InlineData("+٤٩ ٣٠ ١٢٣٤٥٦")]
    [InlineData("+۴۹۳۰۱۲۳۴۵۶")]
    [InlineData("+４９　３０　１２３４５６")]
    [InlineData("＋４９３０１２３４５６")]
    [InlineData("+49\u00A030\u2011123456")]
    [InlineData("+49.30.123456")]
    [InlineData("+49-[30]-123456")]
    [InlineData("\u202A+4930123456\u202C")]
    [InlineData("Oma: +49 30 123456 (home)")]
    [InlineData("tel:+49-30-123456")]
    [InlineData("tel:30-123456;phone-context=+49")]
    [InlineData("tel:+4930123456;isub=12")]
    public void Digits_and_punctuation_of_any_script_are_read(string text) =>
        Accepted(text, region: null).ShouldBe("+4930123456");

    [Theory]
    [InlineData("(213) 373-4253 ext. 5")]
    [InlineData("(213) 373-4253;ext=1234")]
    [InlineData("(213) 373-4253 x5")]
    [InlineData("(213) 373-4253x5")]
    [InlineData("(213) 373-4253 #5")]
    [InlineData("(213) 373-4253~5")]
    [InlineData("(213) 373-4253,,5#")]
    [InlineData("(213) 373-4253 - 503#")]
    [InlineData("(213) 373-4253 EXTENSION 5")]
    [InlineData("(213) 373-4253 доб. 5")]
    public void An_extension_is_dropped(string text) =>
        Accepted(text, "US").ShouldBe("+12133734253");

    [Theory]
    [InlineData("+800 1234 5678", "+80012345678")]
    [InlineData("+870 773 111 632", "+870773111632")]
    [InlineData("+883 5100 0000 0000", "+883510000000000")]
    [InlineData("+979 123 456 789", "+979123456789")]
    public void Codes_of_no_country_are_read_in_full_only(string text, string expected)
    {
        Accepted(text, region: null).ShouldBe(expected);
        PhoneNumberParser.Parse(text[5..], "001").Refusal.ShouldBe(PhoneRefusal.UnknownRegion);
    }

    [Theory]
    [InlineData("", "DE", PhoneRefusal.NotANumber)]
    [InlineData(null, "DE", PhoneRefusal.NotANumber)]
    [InlineData("hello", "DE", PhoneRefusal.NotANumber)]
    [InlineData("+", null, PhoneRefusal.NotANumber)]
    [InlineData("1-800-FLOWERS-7", "US", PhoneRefusal.NotANumber)]
    [InlineData("+49 30 123456 or +49 30 654321", null, PhoneRefusal.NotANumber)]
    [InlineData("30123456;phone-context=example.com", "DE", PhoneRefusal.NotANumber)]
    [InlineData("12", "DE", PhoneRefusal.TooShort)]
    [InlineData("+1 213 373", null, PhoneRefusal.TooShort)]
    [InlineData("373-4253", "US", PhoneRefusal.TooShort)]
    [InlineData("+1 213 373 42534", null, PhoneRefusal.TooLong)]
    [InlineData("+49 30 1234567890123456", null, PhoneRefusal.TooLong)]
    [InlineData("030 123456", null, PhoneRefusal.NoRegion)]
    [InlineData("030 123456", "", PhoneRefusal.NoRegion)]
    [InlineData("030 123456", "XX", PhoneRefusal.UnknownRegion)]
    [InlineData("+210 123 4567", null, PhoneRefusal.UnknownCountry)]
    [InlineData("+049 30 123456", null, PhoneRefusal.UnknownCountry)]
    [InlineData("00 999 123456", "DE", PhoneRefusal.UnknownCountry)]
    [InlineData("(123) 456-7890", "US", PhoneRefusal.Invalid)]
    [InlineData("+44 20 7183 875", null, PhoneRefusal.Invalid)]
    public void What_is_no_number_is_refused_with_its_reason(string? text, string? region, PhoneRefusal expected)
    {
        var result = PhoneNumberParser.Parse(text, region);
        result.Number.ShouldBeNull();
        result.Refusal.ShouldBe(expected);
    }

    [Fact]
    public void An_international_number_needs_no_region_that_is_known() =>
        Accepted("+49 30 123456", "XX").ShouldBe("+4930123456");

    private static string? Accepted(string text, string? region) => PhoneNumberParser.Parse(text, region).Number?.E164;
}
