using Cqrs.Domain.Tokens;
using Cqrs.Rules.Tests.Vectors;

namespace Cqrs.Rules.Tests.Tokens;

public sealed record AuthVector(byte KeyId, string Key, Guid UserId, string UserKey, uint Epoch, long IssuedAt, string Token);

public sealed record GrantVector(string Out, string In, string Peer);

public sealed record TicketVector(
    byte KeyId, string Key, string UserKey, string Bit, long IssuedAt, long ExpiresAt, IReadOnlyList<GrantVector> Grants, string Token);

public sealed record RefusedVector(string Why, string Token);

public sealed record TokenVectors(
    IReadOnlyList<AuthVector> Auth, IReadOnlyList<TicketVector> Tickets, IReadOnlyList<RefusedVector> Refused)
{
    public static readonly TokenVectors All = VectorFile.Read<TokenVectors>("tokens.json");

    public static TokenKeys Ring(byte keyId, string key)
    {
        TokenKeys.TryParse($"{keyId}:{key}", out var keys, out var error).ShouldBeTrue(error);
        return keys!;
    }

    public static DateTimeOffset At(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
}
