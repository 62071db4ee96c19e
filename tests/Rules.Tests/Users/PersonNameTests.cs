using Cqrs.Domain.Users;

namespace Cqrs.Rules.Tests.Users;

public sealed class PersonNameTests
{
    // Seven code points joined to one picture: man, woman, girl and boy.
    private const string Family = "\U0001F468\u200D\U0001F469\u200D\U0001F467\u200D\U0001F466";

    [Fact]
    public void It_is_kept_as_typed_but_trimmed()
    {
        var name = PersonName.TryMake("  Mary  Ann\t", " van der Berg ").ShouldNotBeNull();
        (name.First, name.Last).ShouldBe(("Mary  Ann", "van der Berg"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    public void The_last_may_be_empty(string last) => PersonName.TryMake("Ann", last).ShouldNotBeNull().Last.ShouldBeEmpty();

    [Theory]
    [InlineData("")]
    [InlineData(" \t ")]
    [InlineData("\u00A0\u2003")]
    public void The_first_may_not(string first) => PersonName.TryMake(first, "Lee").ShouldBeNull();

    [Theory]
    [InlineData("\u200B")]
    [InlineData("\u200D\u2060")]
    [InlineData("\u00AD")]
    [InlineData("\u200F")]
    [InlineData("\u3164")] // Hangul filler
    [InlineData("\uFFA0")] // half-width Hangul filler
    [InlineData("\u115F\u1160")] // Hangul choseong and jungseong fillers
    [InlineData("\u2800")] // Braille pattern blank
    [InlineData("\u034F")] // combining grapheme joiner
    [InlineData("\uFE0F")] // variation selector 16
    [InlineData("\U000E0100")] // variation selector 17
    [InlineData("\U000E0041\U000E007F")] // tags
    [InlineData("\u180B\u180F")] // Mongolian variation selectors
    [InlineData("\u17B4\u17B5")] // Khmer inherent vowels
    [InlineData("\u2065")] // reserved and ignorable
    [InlineData("\u2061\uFEFF")] // function application, byte order mark
    [InlineData("\u0301\u20DD")] // an accent and a circle around nothing
    [InlineData("\U0001D159")] // musical null notehead
    [InlineData("\U00013441")] // Egyptian blank
    [InlineData("\u3164 \u200B\uFE0F")]
    public void A_name_that_shows_nothing_is_refused(string name)
    {
        PersonName.TryMake(name, "Lee").ShouldBeNull();
        PersonName.TryMake("Ann", name).ShouldBeNull();
    }

    [Theory]
    [InlineData("\u2764\uFE0F")] // a heart, shown as an emoji
    [InlineData("\u1100\u1160")] // a Hangul consonant with a filler
    [InlineData("\u0B95\u0BC8")] // a Tamil letter and its vowel sign
    [InlineData("\U0001F3F4\U000E0067\U000E0062\U000E0073\U000E0063\U000E0074\U000E007F")] // the flag of Scotland
    [InlineData("A\u3164")]
    [InlineData("-")]
    public void Invisible_characters_beside_visible_ones_belong_to_names(string name) => PersonName.TryMake(name, name).ShouldNotBeNull();

    [Theory]
    [InlineData("\u0378")] // unassigned in the tables of this runtime
    [InlineData("\U000323B0")] // the block after the newest ideographs
    [InlineData("\U0001FADD")] // in a block of emoji
    public void Letters_of_newer_Unicode_versions_are_names(string name) => PersonName.TryMake(name, name).ShouldNotBeNull();

    [Theory]
    [InlineData("An\uFDD0n")]
    [InlineData("An\U0001FFFEn")]
    public void Code_points_that_are_never_characters_are_refused(string name) => PersonName.TryMake(name, "").ShouldBeNull();

    [Fact]
    public void The_refusal_says_what_a_name_may_not_be()
    {
        PersonName.Invalid.Message.ShouldContain("can be seen");
        PersonName.Invalid.Message.ShouldContain("control, private-use or direction-changing");
    }

    [Fact]
    public void Sixty_are_the_most()
    {
        PersonName.TryMake(new('a', 60), new('b', 60)).ShouldNotBeNull();
        PersonName.TryMake(new('a', 61), "").ShouldBeNull();
        PersonName.TryMake("a", new('b', 61)).ShouldBeNull();
    }

    [Fact]
    public void Spaces_around_do_not_count() => PersonName.TryMake(new string('a', 60) + new string(' ', 100), "").ShouldNotBeNull();

    [Theory]
    [InlineData("e\u0301")] // a letter and its accent
    [InlineData("\U0001F600")] // an emoji outside the basic plane
    [InlineData("\U0001F1E9\U0001F1EA")] // a flag of two letters
    [InlineData("\U0001F44D\U0001F3FD")] // a thumb and its skin colour
    public void Characters_are_counted_as_people_count_them(string grapheme)
    {
        PersonName.TryMake(string.Concat(Enumerable.Repeat(grapheme, 60)), "").ShouldNotBeNull();
        PersonName.TryMake(string.Concat(Enumerable.Repeat(grapheme, 61)), "").ShouldBeNull();
    }

    [Fact]
    public void A_family_is_one_character()
    {
        Family.Length.ShouldBe(11);
        PersonName.TryMake("Ann " + string.Concat(Enumerable.Repeat(Family, 40)), "").ShouldNotBeNull("44 characters of 444 units");
        PersonName.TryMake(string.Concat(Enumerable.Repeat("a" + Family, 31)), "").ShouldBeNull("62 characters");
    }

    [Fact]
    public void One_character_may_not_go_on_without_end()
    {
        PersonName.TryMake("a" + new string('\u0301', 479), "").ShouldNotBeNull();
        PersonName.TryMake("a" + new string('\u0301', 480), "").ShouldBeNull();
    }

    [Theory]
    [InlineData("An\0n")]
    [InlineData("An\nn")]
    [InlineData("An\u001Bn")]
    [InlineData("An\u007Fn")]
    [InlineData("An\u0085n")]
    [InlineData("An\u2028n")]
    [InlineData("An\u2029n")]
    [InlineData("An\uE000n")] // private use
    [InlineData("An\uFFFDn")] // what a broken encoding leaves
    [InlineData("An\uFFFFn")] // not a character
    public void Control_characters_and_what_is_no_text_are_refused(string name)
    {
        PersonName.TryMake(name, "").ShouldBeNull();
        PersonName.TryMake("Ann", name).ShouldBeNull();
    }

    [Fact]
    public void Half_a_character_is_refused()
    {
        PersonName.TryMake("Ann\uD83D", "").ShouldBeNull();
        PersonName.TryMake("\uDE00Ann", "").ShouldBeNull();
    }

    [Theory]
    [InlineData('\u202A')]
    [InlineData('\u202B')]
    [InlineData('\u202C')]
    [InlineData('\u202D')]
    [InlineData('\u202E')]
    [InlineData('\u2066')]
    [InlineData('\u2067')]
    [InlineData('\u2068')]
    [InlineData('\u2069')]
    public void Nothing_in_it_turns_the_text_around_it(char direction)
    {
        PersonName.TryMake($"A{direction}nn", "").ShouldBeNull();
        PersonName.TryMake("Ann", $"{direction}").ShouldBeNull();
    }

    [Theory]
    [InlineData("שרה", "לוי")]
    [InlineData("محمد", "علي")]
    [InlineData("O'Neil-Šmíd", "d’Arc")]
    [InlineData("विश्वनाथ", "李")]
    [InlineData("می\u200Cخواهم", "")] // Persian needs the zero-width non-joiner
    [InlineData("X Æ A-12", "3rd, Jr.")]
    public void Names_of_the_world_are_names(string first, string last)
    {
        var name = PersonName.TryMake(first, last).ShouldNotBeNull();
        (name.First, name.Last).ShouldBe((first, last));
    }

    [Fact]
    public void It_is_never_printed_by_accident() => PersonName.TryMake("Ann", "Lee")!.ToString().ShouldBe("name");
}
