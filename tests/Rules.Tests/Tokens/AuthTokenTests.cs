using Cqrs.Domain.Mailboxes;
using Cqrs.Domain.Tokens;

namespace Cqrs.Rules.Tests.Tokens;

public sealed class AuthTokenTests
{
    private static readonly AuthVector First = TokenVectors.All.Auth[0];

    public static TheoryData<AuthVector> Accepted => [.. TokenVectors.All.Auth];

    public static TheoryData<RefusedVector> Refused => [.. TokenVectors.All.Refused];

    [Fact]
    public void All_vectors_are_there()
    {
        Accepted.Count.ShouldBe(6);
        Refused.Count.ShouldBe(11);
    }

    [Theory]
    [MemberData(nameof(Accepted))]
    public void Tokens_of_the_vectors_are_read_and_written(AuthVector vector)
    {
        var keys = TokenVectors.Ring(vector.KeyId, vector.Key);

        AuthTokens.TryVerify(vector.Token, keys, out var token).ShouldBeTrue();

        UserKey.TryParse(vector.UserKey, out var userKey).ShouldBeTrue();
        token.ShouldBe(new AuthToken(new(vector.UserId), userKey, vector.Epoch, TokenVectors.At(vector.IssuedAt)));
        AuthTokens.Sign(token, keys).ShouldBe(vector.Token);
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void Refused_vectors_are_refused(RefusedVector vector)
    {
        var keys = TokenVectors.Ring(First.KeyId, First.Key);

        AuthTokens.TryVerify(vector.Token, keys, out var token).ShouldBeFalse(vector.Why);
        token.ShouldBe(default);
        Tickets.TryVerify(vector.Token, keys, TokenVectors.At(First.IssuedAt), out _, out var refusal).ShouldBeFalse(vector.Why);
        refusal.ShouldBe(TokenRefusal.Invalid);
    }

    [Fact]
    public void A_key_that_no_longer_signs_still_verifies()
    {
        var old = TokenVectors.Ring(First.KeyId, First.Key);
        TokenKeys.TryParse($"9:{new string('A', 43)},{First.KeyId}:{First.Key}", out var both, out _).ShouldBeTrue();

        AuthTokens.TryVerify(First.Token, both!, out var token).ShouldBeTrue();
        var renewed = AuthTokens.Sign(token, both!);

        AuthTokens.TryVerify(renewed, both!, out var again).ShouldBeTrue();
        again.ShouldBe(token);
        AuthTokens.TryVerify(renewed, old, out _).ShouldBeFalse();
    }

    [Fact]
    public void Each_bit_counts()
    {
        var keys = TokenVectors.Ring(First.KeyId, First.Key);
        var bytes = new byte[AuthTokens.Size];
        StrictBase64Url.TryReadExactly(First.Token, bytes).ShouldBeTrue();

        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            AuthTokens.TryVerify(StrictBase64Url.Write(bytes), keys, out _).ShouldBeFalse();
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void Checking_allocates_nothing()
    {
        var keys = TokenVectors.Ring(First.KeyId, First.Key);
        var forged = TokenVectors.All.Refused[0].Token;
        var (accepted, refused) = Count(First.Token, forged, keys, 100);

        var before = GC.GetAllocatedBytesForCurrentThread();
        (accepted, refused) = Count(First.Token, forged, keys, 1000);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        (accepted, refused, allocated).ShouldBe((1000, 1000, 0));
    }

    private static (int Accepted, int Refused) Count(string good, string bad, TokenKeys keys, int times)
    {
        var (accepted, refused) = (0, 0);
        for (var i = 0; i < times; i++)
        {
            accepted += AuthTokens.TryVerify(good, keys, out _) ? 1 : 0;
            refused += AuthTokens.TryVerify(bad, keys, out _) ? 0 : 1;
        }

        return (accepted, refused);
    }

    [Theory]
    [InlineData(null, "Each token key is written id:key, with an id from 0 to 255.")]
    [InlineData("256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "Each token key is written id:key, with an id from 0 to 255.")]
    [InlineData("1:AAAA", "Token key 1 must be 32 bytes in base64url without padding (43 characters).")]
    [InlineData("1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA,1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "Token key 1 is given twice.")]
    [InlineData("1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA,", "Each token key is written id:key, with an id from 0 to 255.")]
    public void Keys_that_cannot_be_read_are_refused_without_repeating_them(string? text, string expected)
    {
        TokenKeys.TryParse(text, out _, out var error).ShouldBeFalse();
        error.ShouldBe(expected);
    }
}
