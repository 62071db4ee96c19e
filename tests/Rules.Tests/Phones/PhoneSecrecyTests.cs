using Cqrs.Domain.Phones;

namespace Cqrs.Rules.Tests.Phones;

/// <summary>A number gives itself away nowhere but in E164, and hostile text is refused as calmly as any other.</summary>
public class PhoneSecrecyTests
{
    [Fact]
    public void Printing_a_number_or_a_result_tells_nothing()
    {
        var result = PhoneNumberParser.Parse("+4930123456", region: null);
        result.ToString().ShouldNotContain("30123456");
        result.Number.ToString().ShouldBe("phone number");
        result.Sentence.ShouldBe("");
        result.Refusal.ShouldBeNull();
    }

    [Fact]
    public void Every_refusal_has_a_sentence_of_its_own_without_the_number()
    {
        PhoneResult[] refused =
        [
            PhoneNumberParser.Parse("7654321 and 7654321", "DE"),
            PhoneNumberParser.Parse("+1 76543", region: null),
            PhoneNumberParser.Parse("+1 765432176543217", region: null),
            PhoneNumberParser.Parse("+210 7654321", region: null),
            PhoneNumberParser.Parse("7654321", region: null),
            PhoneNumberParser.Parse("7654321", "XX"),
            PhoneNumberParser.Parse("+1 765 032 1765", region: null),
        ];

        refused.Select(result => result.Refusal!.Value).ShouldBe(Enum.GetValues<PhoneRefusal>());
        refused.Select(result => result.Sentence).Distinct().Count().ShouldBe(refused.Length);
        foreach (var result in refused)
        {
            result.Sentence.ShouldMatch(@"\. (Enter|Check|Send) ");
            result.ToString().ShouldNotContain("7654");
        }
    }

    [Theory]
    [InlineData("+4930123456")]
    [InlineData("+12345678901234567890")]
    public void A_stored_number_is_read_back_as_it_was(string e164)
    {
        PhoneNumber.FromStored(e164).E164.ShouldBe(e164);
        PhoneNumber.FromStored(e164).ShouldBe(PhoneNumber.FromStored(e164));
    }

    [Theory]
    [InlineData("")]
    [InlineData("+")]
    [InlineData("4930123456")]
    [InlineData("+0930123456")]
    [InlineData("+49 30123456")]
    [InlineData("+４９３０１２３４５６")]
    [InlineData("+123456789012345678901")]
    public void What_has_not_the_shape_was_never_stored(string text)
    {
        var fault = Should.Throw<ArgumentException>(() => PhoneNumber.FromStored(text));
        if (text.Length > 1)
            fault.Message.ShouldNotContain(text);
    }

    [Fact]
    public void A_number_that_was_never_set_is_not_an_empty_one() =>
        Should.Throw<InvalidOperationException>(() => default(PhoneNumber).E164);

    [Fact]
    public void A_result_that_was_never_set_is_a_refusal() =>
        default(PhoneResult).Refusal.ShouldNotBeNull();

    public static TheoryData<string> Hostile() => new()
    {
        new string('9', 100_000),
        "+" + new string('1', 249),
        new string('+', 250),
        new string(',', 249) + "5",
        "123" + new string(' ', 120) + new string(',', 120) + "a5",
        "12" + new string(' ', 240) + "x5",
        "1" + string.Concat(Enumerable.Repeat(" ,", 120)) + "5;",
        new string('(', 240) + "123",
        "\0\u0001\uFFFF\uD800",
        "+49\uD83D\uDE0030123456",
        ";phone-context=",
        ";phone-context=+",
        "1;phone-context=+" + new string('.', 200),
        "tel:;phone-context=+49",
        ";isub=;ext=",
        "#",
    };

    [Theory]
    [MemberData(nameof(Hostile))]
    public void Hostile_text_is_refused_and_nothing_more(string text)
    {
        foreach (var region in (string?[])[null, "US", "DE", "AR", "BR", "", "\0", "USA"])
            PhoneNumberParser.Parse(text, region).Refusal.ShouldNotBeNull();
        PhoneNumberParser.Complete(text, PhoneNumber.FromStored("+12125550123")).Refusal.ShouldNotBeNull();
    }
}
