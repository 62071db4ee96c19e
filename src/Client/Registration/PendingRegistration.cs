using Cqrs.Domain.Identity;
using Cqrs.Domain.Mailboxes;

namespace Cqrs.Client.Registration;

/// <summary>A code is on its way by SMS.</summary>
/// <param name="RegistrationId">Goes back with the code.</param>
/// <param name="Phone">The number, completed (E.164): to be shown, so that a slip of the finger is noticed.</param>
/// <param name="ExpiresAt">The code is dead from then on, by the server's clock.</param>
/// <param name="ResendAt">Another code may be asked for from then on, by the server's clock.</param>
public sealed record PendingRegistration(string RegistrationId, string Phone, DateTimeOffset ExpiresAt, DateTimeOffset ResendAt)
{
    /// <summary>Never the number.</summary>
    public override string ToString() => "pending registration";
}

internal sealed record RegistrationRequest(string FirstName, string LastName, string Phone, string? Region);

internal sealed record VerifyRequest(string Code);

internal sealed record VerifyAnswer(UserId UserId, string AuthToken, MailboxKey MailboxKey);
