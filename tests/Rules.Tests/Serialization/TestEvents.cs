using Cqrs.Domain.Identity;
using Cqrs.EventStore.Serialization;

namespace Cqrs.Rules.Tests.Serialization;

public enum Channel
{
    TextMessage,
    Push,
}

public sealed record Address(string Country, Personal? Street);

public sealed record UserNamed(
    UserId User, Personal FirstName, Personal LastName, ConnectionId? Connection = null, Channel Via = Channel.TextMessage,
    DateTimeOffset At = default, Guid? Attempt = null, string? Note = null, Address? Home = null);

public sealed record Counted(int Count);

public sealed record Listed(IReadOnlyList<Personal> Names);

/// <summary>A source-generated context would do as well; see the codec's tests.</summary>
[System.Text.Json.Serialization.JsonSerializable(typeof(UserNamed))]
[System.Text.Json.Serialization.JsonSerializable(typeof(Counted))]
internal sealed partial class TestEventsContext : System.Text.Json.Serialization.JsonSerializerContext;

/// <summary>1, 2, 3: for tests that compare bytes.</summary>
internal sealed class CountingNonces : INonces
{
    private byte _last;

    public void Fill(Span<byte> nonce) => nonce.Fill(++_last);
}
