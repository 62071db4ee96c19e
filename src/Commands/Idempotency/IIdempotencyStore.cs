using Cqrs.Domain.Identity;

namespace Cqrs.Commands.Idempotency;

/// <summary>
/// Remembers, for a day, which requests with an idempotency key came and what they were answered.
/// </summary>
public interface IIdempotencyStore
{
    /// <summary>Notes that a request begins, before anything is done for it.</summary>
    /// <param name="key">SHA-256 of caller, route and idempotency key.</param>
    /// <param name="body">SHA-256 of the body.</param>
    /// <param name="caller">Under whose key the answer is sealed; null for a caller who is nobody yet.</param>
    ValueTask<Reservation> BeginAsync(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> body, UserId? caller, CancellationToken cancel = default);

    /// <summary>Keeps the answer; the request was done.</summary>
    ValueTask CompleteAsync(ReadOnlyMemory<byte> key, StoredAnswer answer, UserId? caller, CancellationToken cancel = default);
}

/// <param name="Command">The same for each request with this key; a new one for a new key.</param>
/// <param name="IsSameBody">False when the key was used with another body.</param>
/// <param name="Answer">What was answered; null when the request is new, or its first try was cut off.</param>
public sealed record Reservation(CommandId Command, bool IsSameBody, StoredAnswer? Answer);

/// <summary>An answer as it went over HTTP.</summary>
/// <param name="Headers">Those that belong to the answer (<c>Cqrs-Position</c>, <c>Retry-After</c>).</param>
public sealed record StoredAnswer(int Status, string? ContentType, IReadOnlyDictionary<string, string> Headers, byte[] Body);
