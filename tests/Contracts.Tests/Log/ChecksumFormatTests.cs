using System.Text;
using Cqrs.EventStore.Sqlite.Integrity;

namespace Cqrs.Contracts.Tests.Log;

/// <summary>Checksums and chain are part of the file format: what one version writes the next one must find right.</summary>
public sealed class ChecksumFormatTests
{
    [Theory]
    [InlineData("", 0UL, 0xEF46DB3751D8E999)]
    [InlineData("a", 0UL, 0xD24EC4F1A98C6E5B)]
    [InlineData("abc", 0UL, 0x44BC2CF5AD770999)]
    [InlineData("Nobody inspects the spammish repetition", 0UL, 0xFBCEA83C8A378BF1)]
    [InlineData("xxhash", 20141025UL, 0xB559B98D844E0635)]
    public void The_hash_is_XXH64(string text, ulong seed, ulong expected) =>
        XxHash64.Of(Encoding.UTF8.GetBytes(text), seed).ShouldBe(expected);

    [Fact]
    public void The_checksum_of_an_event_stays_what_it_is()
    {
        var id = new Guid("00112233-4455-6677-8899-aabbccddeeff").ToByteArray(bigEndian: true);
        var contents = EventChecksum.OfContents("thing-1"u8, id, "happened.v1", isJson: true, "{\"n\":1}"u8, "{}"u8);

        contents.ShouldBe(0x9690FAC67B67BD49UL);
        EventChecksum.OfEvent(contents, position: 7, stream: 5, version: 2, category: 1, type: 2, created: 638_000_000_000_000_000).ShouldBe(-1189288040001351571L);
    }

    [Fact]
    public void The_chain_stays_what_it_is()
    {
        var chain = new CommitChain();
        chain.Add(1);
        Span<byte> link = stackalloc byte[CommitChain.LinkSize];
        chain.WriteLink(1, link);
        Convert.ToHexStringLower(link).ShouldBe("b64c0d4ec2af5aba75d0e38754bd4da2");

        chain.Advance(link);
        for (var checksum = -100L; checksum < 100; checksum++) chain.Add(checksum);
        chain.WriteLink(201, link);
        Convert.ToHexStringLower(link).ShouldBe("89f5467214252e75110abec7104d93fc");
    }
}
