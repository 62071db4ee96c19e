using System.Security.Cryptography;
using System.Text;
using Cqrs.Domain.Decisions;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Users;

namespace Cqrs.Domain.Registration;

/// <summary>
/// Registration: a number is claimed, a code goes to it, the code comes back. Codes come in as arguments, drawn from a
/// cryptographic source by the caller.
/// </summary>
public static class RegistrationDecider
{
    /// <summary>A new attempt and its first code.</summary>
    public static Decision Request(
        User user, UserId id, Guid attempt, PersonName name, string phone, string code, RegistrationRules rules, DateTimeOffset at)
    {
        if (user.Status == UserStatus.Forgotten) return Decision.Refuse(UserRefusals.UnknownUser);
        if (user.Attempt(attempt) is not null) return Decision.Nothing;
        if (SentTooManyToday(user, rules, at) is { } refusal) return Decision.Refuse(refusal);

        var number = new Personal(id, phone);
        return Decision.Of(
            new RegistrationRequested(id, attempt, new(id, name.First), new(id, name.Last), number, at),
            new VerificationCodeIssued(id, attempt, number, new(id, code), at + RegistrationRules.CodeLives, at));
    }

    /// <summary>The next code of an attempt.</summary>
    public static Decision Resend(User user, Guid attemptId, string code, RegistrationRules rules, DateTimeOffset at)
    {
        if (Find(user, attemptId, at) is not { } attempt) return Decision.Refuse(RegistrationRefusals.UnknownRegistration);
        if (attempt.IsUsed) return Decision.Refuse(RegistrationRefusals.CodeExpired);
        if (attempt.Sends >= RegistrationRules.SendsPerAttempt) return Decision.Refuse(RegistrationRefusals.NoMoreCodes);
        if (at < attempt.ResendAt) return Decision.Refuse(RegistrationRefusals.ResendTooSoon(attempt.ResendAt));
        if (SentTooManyToday(user, rules, at) is { } refusal) return Decision.Refuse(refusal);

        return Decision.Of(new VerificationCodeIssued(
            user.Id, attemptId, user.Phone!, new(user.Id, code), at + RegistrationRules.CodeLives, at));
    }

    /// <summary>
    /// The code comes back. Right: verified, with the next epoch and, the first time, <paramref name="newMailboxKey"/>.
    /// Wrong: refused, and counted.
    /// </summary>
    public static Decision Verify(User user, Guid attemptId, string code, string newMailboxKey, DateTimeOffset at)
    {
        if (Find(user, attemptId, at) is not { } attempt) return Decision.Refuse(RegistrationRefusals.UnknownRegistration);
        if (attempt.IsUsed || at >= attempt.ExpiresAt) return Decision.Refuse(RegistrationRefusals.CodeExpired);
        if (attempt.Misses >= RegistrationRules.TriesPerCode) return Decision.Refuse(RegistrationRefusals.TooManyAttempts);
        if (!SameCode(attempt.Code?.Text, code))
        {
            var left = RegistrationRules.TriesPerCode - attempt.Misses - 1;
            return Decision.Refuse(RegistrationRefusals.WrongCode(left), counted: new WrongCodeEntered(user.Id, attemptId, at));
        }

        return Decision.Of(new UserVerified(
            user.Id, attemptId, attempt.FirstName, attempt.LastName, user.Phone!,
            user.MailboxKey ?? new(user.Id, newMailboxKey), user.Epoch + 1, Again: user.Epoch > 0, at));
    }

    private static Attempt? Find(User user, Guid id, DateTimeOffset at) =>
        user.Attempt(id) is { } attempt && !attempt.IsForgottenAt(at) ? attempt : null;

    private static Refusal? SentTooManyToday(User user, RegistrationRules rules, DateTimeOffset at)
    {
        if (rules.SendsPerNumberPerDay is not { } limit) return null;
        var today = user.CodesSentAt.Where(sent => sent > at - TimeSpan.FromDays(1)).ToList();
        if (today.Count < limit) return null;

        // The next is free when fewer than the limit are left of the day, also where the limit has been lowered.
        return RegistrationRefusals.RateLimited((limit > 0 ? today[^limit] : at) + TimeSpan.FromDays(1));
    }

    private static bool SameCode(string? sent, string typed)
    {
        if (sent is null || typed.Length > 64) return false;
        return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(sent), Encoding.UTF8.GetBytes(typed));
    }
}

public static class RegistrationRefusals
{
    public static readonly Refusal UnknownRegistration = new(
        "unknown-registration", "There is no such registration, or it has ended. Start a new one.");

    public static readonly Refusal CodeExpired = new(
        "code-expired", "This code has expired or was used. Ask for another one, or start a new registration.");

    public static readonly Refusal TooManyAttempts = new(
        "too-many-attempts", "Too many wrong codes; this one no longer works. Ask for another one.");

    public static readonly Refusal NoMoreCodes = new(
        "rate-limited", "This registration has had all its codes. Start a new one later.");

    public static Refusal RateLimited(DateTimeOffset retryAt) => new(
        "rate-limited", "Too many codes were sent to this number. Try again later.")
    { RetryAt = retryAt };

    public static Refusal ResendTooSoon(DateTimeOffset retryAt) => new(
        "resend-too-soon", "The last code was sent only just now. Wait a little before asking for another one.")
    { RetryAt = retryAt };

    public static Refusal WrongCode(int left) => new(
        "wrong-code", left > 0 ? "This is not the code that was sent." : "This is not the code that was sent, and it was the last try.")
    { AttemptsLeft = left };
}
