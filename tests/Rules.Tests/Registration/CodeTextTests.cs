using Cqrs.Domain.Registration;

namespace Cqrs.Rules.Tests.Registration;

public sealed class CodeTextTests
{
    [Theory]
    [InlineData("012345")]
    [InlineData(" 012 345\r\n")]
    [InlineData("0-1-2-3-4-5")]
    [InlineData("012\u2011345")] // non-breaking hyphen
    [InlineData("012\u2212345")] // minus sign
    [InlineData("012\u2014345")] // em dash
    [InlineData("\u2068012345\u2069")] // isolates, as messengers put them around numbers
    [InlineData("012\u200B345\uFEFF")]
    [InlineData("012\u00AD345")] // soft hyphen
    [InlineData("\uFF10\uFF11\uFF12\uFF13\uFF14\uFF15")]
    [InlineData("\u0660\u0661\u0662\u0663\u0664\u0665")]
    [InlineData("\u06F0\u06F1\u06F2\u06F3\u06F4\u06F5")]
    [InlineData("\u0660\uFF112\u06F34\u096B")] // mixed scripts
    [InlineData("\U0001D7CE\U0001D7CF\U0001D7D0\U0001D7D1\U0001D7D2\U0001D7D3")] // mathematical digits
    public void The_six_digits_are_read(string typed) => CodeText.Normalize(typed).ShouldBe("012345");

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("01234")]
    [InlineData("0123456")]
    [InlineData("01234O")]
    [InlineData("0x1234")]
    [InlineData("+012345")]
    [InlineData("012,345")]
    [InlineData("012.345")]
    [InlineData("\u00B2\u00B312345")] // superscripts
    [InlineData("\u2460\u2461\u2462\u2463\u2464\u2465")] // circled digits
    [InlineData("\u4E00\u4E8C\u4E09456")] // ideographs
    [InlineData("01234\uD835")] // half a character
    public void What_is_not_a_code_is_null(string typed) => CodeText.Normalize(typed).ShouldBeNull();

    [Fact]
    public void A_long_text_is_not_a_code()
    {
        CodeText.Normalize("012345" + new string(' ', CodeText.MaxLength - 6)).ShouldBe("012345");
        CodeText.Normalize("012345" + new string(' ', CodeText.MaxLength - 5)).ShouldBeNull();
    }
}
