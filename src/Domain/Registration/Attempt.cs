using Cqrs.Domain.Identity;
using Cqrs.Domain.Users;

namespace Cqrs.Domain.Registration;

/// <summary>One try to prove a number: the names typed with it, and the code that was sent last.</summary>
public sealed record Attempt(Guid Id, Personal FirstName, Personal LastName, DateTimeOffset RequestedAt)
{
    public Personal? Code { get; private init; }

    public DateTimeOffset ExpiresAt { get; private init; }

    public DateTimeOffset SentAt { get; private init; }

    /// <summary>How many codes went out.</summary>
    public int Sends { get; private init; }

    /// <summary>Wrong tries at the code that was sent last.</summary>
    public int Misses { get; private init; }

    /// <summary>The epoch of the auth token that this attempt earned; 0 until its code came back.</summary>
    public uint Epoch { get; private init; }

    /// <summary>When the code came back.</summary>
    public DateTimeOffset VerifiedAt { get; private init; }

    /// <summary>The code came back right; it works once.</summary>
    public bool IsUsed => Epoch > 0;

    /// <summary>When the next code may be sent.</summary>
    public DateTimeOffset ResendAt => SentAt + RegistrationRules.WaitAfter(Sends);

    public bool IsForgottenAt(DateTimeOffset at) => at - (SentAt > RequestedAt ? SentAt : RequestedAt) > RegistrationRules.AttemptsAreKeptFor;

    internal Attempt Sent(VerificationCodeIssued e) =>
        this with { Code = e.Code, ExpiresAt = e.ExpiresAt, SentAt = e.At, Sends = Sends + 1, Misses = 0 };

    internal Attempt Missed() => this with { Misses = Misses + 1 };

    internal Attempt Used(UserVerified e) => this with { Epoch = e.Epoch, VerifiedAt = e.At };
}
