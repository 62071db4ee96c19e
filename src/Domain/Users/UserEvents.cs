using Cqrs.Domain.Decisions;
using Cqrs.Domain.Identity;

namespace Cqrs.Domain.Users;

// The events of user-{userId}. A storage format: fields are added, never changed; a changed meaning is a new event.

/// <summary>Somebody invited a number that nobody had: its owner exists from now on, pending.</summary>
[EventName("user-invited.v1")]
public sealed record UserInvited(UserId User, Personal Phone, UserId InvitedBy, DateTimeOffset At) : IDomainEvent;

/// <summary>Somebody who says that the number is his asked to register. Proves nothing yet.</summary>
[EventName("registration-requested.v1")]
public sealed record RegistrationRequested(
    UserId User, Guid Attempt, Personal FirstName, Personal LastName, Personal Phone, DateTimeOffset At) : IDomainEvent;

/// <summary>A code is on its way by SMS; it replaces the one before of the same attempt.</summary>
[EventName("verification-code-issued.v1")]
public sealed record VerificationCodeIssued(
    UserId User, Guid Attempt, Personal Phone, Personal Code, DateTimeOffset ExpiresAt, DateTimeOffset At) : IDomainEvent;

/// <summary>A wrong code came back.</summary>
[EventName("wrong-code-entered.v1")]
public sealed record WrongCodeEntered(UserId User, Guid Attempt, DateTimeOffset At) : IDomainEvent;

/// <summary>
/// The right code came back: the number is his. <see cref="Epoch"/> is that of his new auth token; older ones are dead.
/// The mailbox key is made once and stays the same.
/// </summary>
[EventName("user-verified.v1")]
public sealed record UserVerified(
    UserId User, Guid Attempt, Personal FirstName, Personal LastName, Personal Phone, Personal MailboxKey,
    uint Epoch, bool Again, DateTimeOffset At) : IDomainEvent;

/// <summary>Logged out everywhere.</summary>
[EventName("tokens-revoked.v1")]
public sealed record TokensRevoked(UserId User, uint Epoch, DateTimeOffset At) : IDomainEvent;

/// <summary>
/// A square is reserved for a connection, on the strength of that connection as it was at
/// <see cref="ConnectionVersion"/>. May repeat for the same connection with a later version.
/// </summary>
[EventName("square-taken.v1")]
public sealed record SquareTaken(UserId User, ConnectionId Connection, long ConnectionVersion, DateTimeOffset At) : IDomainEvent;

/// <summary>The connection needs its square no more.</summary>
[EventName("square-freed.v1")]
public sealed record SquareFreed(UserId User, ConnectionId Connection, DateTimeOffset At) : IDomainEvent;

/// <summary>The user left; his key is deleted next, and with it all that is personal in every event.</summary>
[EventName("user-forgotten.v1")]
public sealed record UserForgotten(UserId User, DateTimeOffset At) : IDomainEvent;
