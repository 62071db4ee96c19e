using Cqrs.Domain.Tokens;

namespace Cqrs.Rules.Tests.Tokens;

public sealed class StrictBase64UrlTests
{
    [Fact]
    public void Every_length_reads_what_it_wrote_and_nothing_else()
    {
        var random = new Random(1);
        for (var length = 0; length < 200; length++)
        {
            var bytes = new byte[length];
            random.NextBytes(bytes);
            var text = StrictBase64Url.Write(bytes);
            var read = new byte[length];

            text.Length.ShouldBe(StrictBase64Url.LengthOf(length));
            StrictBase64Url.TryReadExactly(text, read).ShouldBeTrue();
            read.ShouldBe(bytes);
            StrictBase64Url.TryRead(text, new byte[length + 10], out var written).ShouldBeTrue();
            written.ShouldBe(length);
            StrictBase64Url.TryReadExactly(text + "=", read).ShouldBeFalse();
            StrictBase64Url.TryReadExactly(text + "A", read).ShouldBeFalse();
        }
    }

    [Theory]
    [InlineData("AA==")]
    [InlineData("AAA=")]
    [InlineData("AA%3D%3D")]
    [InlineData("A")]
    [InlineData("AAAAA")]
    [InlineData("AB")]
    [InlineData("_x")]
    [InlineData("AAB")]
    [InlineData("+AAA")]
    [InlineData("/AAA")]
    [InlineData(" AAAA")]
    [InlineData("AAAA\n")]
    [InlineData("AA\tAA")]
    [InlineData("ÀAAA")]
    [InlineData("AAA\0")]
    public void Other_spellings_are_refused(string text) =>
        StrictBase64Url.TryRead(text, new byte[64], out _).ShouldBeFalse();

    [Fact]
    public void Exactly_one_ending_stands_for_each_last_byte()
    {
        const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

        Letters.Count(letter => StrictBase64Url.TryReadExactly($"A{letter}", new byte[1])).ShouldBe(4);
        Letters.Count(letter => StrictBase64Url.TryReadExactly($"AA{letter}", new byte[2])).ShouldBe(16);
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        StrictBase64Url.TryRead("AAAA", new byte[2], out _).ShouldBeFalse();
        StrictBase64Url.TryRead(new string('A', 40_000_000), new byte[100], out _).ShouldBeFalse();
    }
}
