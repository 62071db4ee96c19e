using Cqrs.Domain.Phones;

namespace Cqrs.Rules.Tests.Phones;

public class RegionTests
{
    [Theory]
    [InlineData("+4930123456", "DE", "49")]
    [InlineData("+12133734253", "US", "1")]
    [InlineData("+14165550123", "CA", "1")]
    [InlineData("+12684641234", "AG", "1")]
    [InlineData("+18092345678", "DO", "1")]
    [InlineData("+17872345678", "PR", "1")]
    [InlineData("+79123456789", "RU", "7")]
    [InlineData("+77012345678", "KZ", "7")]
    [InlineData("+447400123456", "GB", "44")]
    [InlineData("+447781123456", "GG", "44")]
    [InlineData("+447797123456", "JE", "44")]
    [InlineData("+447624123456", "IM", "44")]
    [InlineData("+390669812345", "VA", "39")]
    [InlineData("+393123456789", "IT", "39")]
    [InlineData("+80012345678", null, "800")]
    public void A_number_tells_its_region_and_calling_code(string e164, string? region, string callingCode)
    {
        var number = PhoneNumber.FromStored(e164);
        PhoneNumberParser.RegionOf(number).ShouldBe(region);
        PhoneNumberParser.CallingCode(number).ShouldBe(callingCode);
    }

    [Theory]
    [InlineData("+11234567890", "US")]
    [InlineData("+71234567890", "RU")]
    [InlineData("+440000000000", "GB")]
    public void A_number_that_no_plan_claims_is_of_the_main_region(string e164, string region) =>
        PhoneNumberParser.RegionOf(PhoneNumber.FromStored(e164)).ShouldBe(region);
}
