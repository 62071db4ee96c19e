using System.Collections.Immutable;
using Cqrs.Domain.Decisions;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Registration;

namespace Cqrs.Domain.Users;

public enum UserStatus
{
    /// <summary>No event yet.</summary>
    Unknown,

    /// <summary>Named by an invite or a registration; his number is not proven.</summary>
    Pending,

    Verified,

    Forgotten,
}

/// <summary>A square that is taken, and the version of the connection on whose strength it was.</summary>
public readonly record struct Square(ConnectionId Connection, long ConnectionVersion);

/// <summary>One user, folded from user-{userId}.</summary>
public sealed record User
{
    public static readonly User Initial = new();

    public UserId Id { get; private init; }

    public UserStatus Status { get; private init; }

    public Personal? FirstName { get; private init; }

    public Personal? LastName { get; private init; }

    public Personal? Phone { get; private init; }

    public Personal? MailboxKey { get; private init; }

    /// <summary>The only epoch whose auth tokens are good; 0 before the first verification.</summary>
    public uint Epoch { get; private init; }

    /// <summary>When he was verified last; his auth token was issued then.</summary>
    public DateTimeOffset VerifiedAt { get; private init; }

    public ImmutableArray<Attempt> Attempts { get; private init; } = [];

    /// <summary>When codes were sent to his number, during the last day before the newest of them.</summary>
    public ImmutableArray<DateTimeOffset> CodesSentAt { get; private init; } = [];

    public ImmutableArray<Square> Squares { get; private init; } = [];

    public bool IsVerified => Status == UserStatus.Verified;

    public Attempt? Attempt(Guid id) => Attempts.FirstOrDefault(attempt => attempt.Id == id);

    public Square? SquareFor(ConnectionId connection)
    {
        foreach (var square in Squares)
        {
            if (square.Connection == connection) return square;
        }

        return null;
    }

    public User Evolve(IDomainEvent @event) => @event switch
    {
        UserInvited e => this with { Id = e.User, Status = UserStatus.Pending, Phone = e.Phone },
        RegistrationRequested e => Requested(e),
        VerificationCodeIssued e => Issued(e),
        WrongCodeEntered e => WithAttempt(e.Attempt, attempt => attempt.Missed()),
        UserVerified e => Verified(e),
        TokensRevoked e => this with { Epoch = e.Epoch },
        SquareTaken e => this with { Squares = Without(e.Connection).Add(new(e.Connection, e.ConnectionVersion)) },
        SquareFreed e => this with { Squares = Without(e.Connection) },
        UserForgotten e => new User { Id = e.User, Status = UserStatus.Forgotten, Epoch = Epoch, Phone = Phone },
        _ => this,
    };

    private User Requested(RegistrationRequested e) => this with
    {
        Id = e.User,
        Status = IsVerified ? UserStatus.Verified : UserStatus.Pending,
        Phone = Phone ?? e.Phone,
        Attempts = Attempts.RemoveAll(old => old.IsForgottenAt(e.At)).Add(new(e.Attempt, e.FirstName, e.LastName, e.At)),
    };

    private User Issued(VerificationCodeIssued e) => WithAttempt(e.Attempt, attempt => attempt.Sent(e)) with
    {
        CodesSentAt = CodesSentAt.RemoveAll(at => at <= e.At - TimeSpan.FromDays(1)).Add(e.At),
    };

    // Other attempts end with this one: their codes may sit on a stolen screen.
    private User Verified(UserVerified e) => this with
    {
        Id = e.User,
        Status = UserStatus.Verified,
        FirstName = e.FirstName,
        LastName = e.LastName,
        Phone = e.Phone,
        MailboxKey = e.MailboxKey,
        Epoch = e.Epoch,
        VerifiedAt = e.At,
        Attempts = [.. Attempts.Where(attempt => attempt.Id == e.Attempt).Select(attempt => attempt.Used(e))],
    };

    private User WithAttempt(Guid id, Func<Attempt, Attempt> change) => this with
    {
        Attempts = [.. Attempts.Select(attempt => attempt.Id == id ? change(attempt) : attempt)],
    };

    private ImmutableArray<Square> Without(ConnectionId connection) =>
        SquareFor(connection) is { } square ? Squares.Remove(square) : Squares;
}
