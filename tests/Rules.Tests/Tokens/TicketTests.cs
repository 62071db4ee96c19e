using Cqrs.Domain.Tokens;

namespace Cqrs.Rules.Tests.Tokens;

public sealed class TicketTests
{
    private static readonly TicketVector Two = TokenVectors.All.Tickets[2];
    private static readonly TokenKeys Keys = TokenVectors.Ring(Two.KeyId, Two.Key);

    public static TheoryData<TicketVector> Accepted => [.. TokenVectors.All.Tickets];

    [Fact]
    public void All_vectors_are_there() => Accepted.Count.ShouldBe(6);

    [Theory]
    [MemberData(nameof(Accepted))]
    public void Tickets_of_the_vectors_are_read_and_written(TicketVector vector)
    {
        var keys = TokenVectors.Ring(vector.KeyId, vector.Key);

        Tickets.TryVerify(vector.Token, keys, TokenVectors.At(vector.IssuedAt), out var ticket, out var refusal).ShouldBeTrue();

        refusal.ShouldBe(TokenRefusal.None);
        ticket!.UserKey.ToString().ShouldBe(vector.UserKey);
        ticket.Bit.ToString().ShouldBe(vector.Bit);
        ticket.IssuedAt.ShouldBe(TokenVectors.At(vector.IssuedAt));
        ticket.ExpiresAt.ShouldBe(TokenVectors.At(vector.ExpiresAt));
        ticket.Grants.Select(grant => new GrantVector(grant.Out.ToString(), grant.In.ToString(), grant.Peer.ToString()))
            .ShouldBe(vector.Grants);
        Tickets.Sign(ticket, keys).ShouldBe(vector.Token);
    }

    [Fact]
    public void A_ticket_is_expired_from_its_last_moment_on()
    {
        var last = TokenVectors.At(Two.ExpiresAt - 1);

        Tickets.TryVerify(Two.Token, Keys, last, out _, out _).ShouldBeTrue();
        Tickets.TryVerify(Two.Token, Keys, last.AddMilliseconds(1), out var ticket, out var refusal).ShouldBeFalse();
        (ticket, refusal).ShouldBe((null, TokenRefusal.Expired));
    }

    [Fact]
    public void A_forged_ticket_is_invalid_even_when_expired()
    {
        var forged = Two.Token[..^2] + (Two.Token[^2] == 'A' ? 'B' : 'A') + Two.Token[^1];

        Tickets.TryVerify(forged, Keys, DateTimeOffset.MaxValue, out _, out var refusal).ShouldBeFalse();
        refusal.ShouldBe(TokenRefusal.Invalid);
    }

    [Fact]
    public void The_count_of_grants_must_match_the_length_even_when_signed()
    {
        byte[] bytes = [.. Raw(Two.Token)];
        foreach (var count in Enumerable.Range(0, 256))
        {
            bytes[50] = (byte)count;
            Tickets.TryVerify(Resigned(bytes), Keys, TokenVectors.At(Two.IssuedAt), out _, out _).ShouldBe(count == 2);
        }
    }

    [Fact]
    public void More_than_64_grants_are_refused_even_when_signed()
    {
        Should.Throw<ArgumentException>(() => new Ticket(default, default, default, default, [.. new Grant[65]]));

        var bytes = new byte[Tickets.SizeOf(65)];
        Raw(Two.Token).AsSpan(0, 51).CopyTo(bytes);
        bytes[50] = 65;
        Tickets.TryVerify(Resigned(bytes), Keys, TokenVectors.At(Two.IssuedAt), out _, out var refusal).ShouldBeFalse();
        refusal.ShouldBe(TokenRefusal.Invalid);
    }

    [Fact]
    public void A_time_beyond_the_calendar_is_refused_even_when_signed()
    {
        byte[] bytes = [.. Raw(Two.Token)];
        bytes[42] = 0xFF;

        Tickets.TryVerify(Resigned(bytes), Keys, TokenVectors.At(Two.IssuedAt), out _, out _).ShouldBeFalse();
    }

    [Fact]
    public void It_allows_what_it_lists_and_nothing_else()
    {
        Tickets.TryVerify(Two.Token, Keys, TokenVectors.At(Two.IssuedAt), out var ticket, out _).ShouldBeTrue();
        var second = ticket!.Grants[1];

        (ticket.MayWrite(second.Out), ticket.MayRead(second.In), ticket.MayNotify(second.Peer)).ShouldBe((true, true, true));
        (ticket.MayWrite(second.In), ticket.MayRead(second.Out), ticket.MayNotify(ticket.UserKey)).ShouldBe((false, false, false));
    }

    [Fact]
    public void Checking_allocates_the_ticket_and_nothing_else()
    {
        var now = TokenVectors.At(Two.IssuedAt);
        var expired = TokenVectors.At(Two.ExpiresAt);
        for (var i = 0; i < 100; i++)
            Tickets.TryVerify(Two.Token, Keys, now, out _, out _);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Tickets.TryVerify(Two.Token, Keys, expired, out _, out _);
        var refused = GC.GetAllocatedBytesForCurrentThread() - before;

        before = GC.GetAllocatedBytesForCurrentThread();
        Tickets.TryVerify(Two.Token, Keys, now, out var ticket, out _);
        var accepted = GC.GetAllocatedBytesForCurrentThread() - before;

        before = GC.GetAllocatedBytesForCurrentThread();
        var same = new Ticket(ticket!.UserKey, ticket.Bit, ticket.IssuedAt, ticket.ExpiresAt, [.. ticket.Grants.AsSpan()]);
        var needed = GC.GetAllocatedBytesForCurrentThread() - before;

        same.Grants.Length.ShouldBe(2);
        (refused, accepted).ShouldBe((0, needed));
    }

    private static byte[] Raw(string token)
    {
        var bytes = new byte[5000];
        StrictBase64Url.TryRead(token, bytes, out var written).ShouldBeTrue();
        return bytes[..written];
    }

    // What a signer who does not keep to the format would make.
    private static string Resigned(byte[] bytes)
    {
        var key = new byte[TokenKeys.KeySize];
        StrictBase64Url.TryReadExactly(Two.Key, key).ShouldBeTrue();
        byte[] input = [.. "cqrs/ticket/v1\0"u8, .. bytes[..^32]];
        return StrictBase64Url.Write([.. bytes[..^32], .. System.Security.Cryptography.HMACSHA256.HashData(key, input)]);
    }
}
