using Cqrs.Domain.Tokens;

namespace Cqrs.Rules.Tests.Tokens;

/// <summary>Whatever is sent in, the answer is no, and never an exception.</summary>
public sealed class ForgedTokensTests
{
    private const int Tries = 100_000;
    private const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    private static readonly AuthVector Auth = TokenVectors.All.Auth[1];
    private static readonly TicketVector Ticket = TokenVectors.All.Tickets[1];
    private static readonly TokenKeys AuthKeys = TokenVectors.Ring(Auth.KeyId, Auth.Key);
    private static readonly TokenKeys TicketKeys = TokenVectors.Ring(Ticket.KeyId, Ticket.Key);

    [Fact]
    public void Random_texts_are_refused()
    {
        var random = new Random(2);
        var accepted = 0;
        for (var i = 0; i < Tries; i++)
        {
            var text = new char[random.Next(3) switch { 0 => AuthTokens.TextLength, 1 => 175, _ => random.Next(400) }];
            var wild = random.Next(4) == 0;
            for (var c = 0; c < text.Length; c++)
                text[c] = wild ? (char)random.Next(0x10000) : Letters[random.Next(64)];

            accepted += Accepted(text) ? 1 : 0;
        }

        accepted.ShouldBe(0);
    }

    [Fact]
    public void Mutated_tokens_are_refused()
    {
        var random = new Random(3);
        var accepted = 0;
        for (var i = 0; i < Tries; i++)
        {
            var original = i % 2 == 0 ? Auth.Token : Ticket.Token;
            var mutated = Mutated(original, random);
            if (mutated != original)
                accepted += Accepted(mutated) ? 1 : 0;
        }

        accepted.ShouldBe(0);
        Accepted(Auth.Token).ShouldBeTrue();
        Accepted(Ticket.Token).ShouldBeTrue();
    }

    [Fact]
    public void Absent_and_huge_texts_are_refused()
    {
        Accepted(null).ShouldBeFalse();
        Accepted(new string('A', 50_000_000)).ShouldBeFalse();
        Accepted(Ticket.Token + new string('A', 1_000_000)).ShouldBeFalse();
    }

    private static string Mutated(string token, Random random)
    {
        var at = random.Next(token.Length);
        return random.Next(5) switch
        {
            0 => token[..at] + Letters[random.Next(64)] + token[(at + 1)..],
            1 => token[..at] + (char)random.Next(0x10000) + token[(at + 1)..],
            2 => token[..at],
            3 => token[..at] + Letters[random.Next(64)] + token[at..],
            _ => token[at..] + token[..at],
        };
    }

    private static bool Accepted(ReadOnlySpan<char> text) =>
        AuthTokens.TryVerify(text, AuthKeys, out _)
        || Tickets.TryVerify(text, TicketKeys, TokenVectors.At(Ticket.IssuedAt), out _, out _);
}
