using System.Security.Cryptography;
using Cqrs.Commands.Connections;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Mailboxes;

namespace Cqrs.Commands.Execution;

/// <summary>
/// What commands draw by lot. In life nobody can guess any of it; a simulated history, in which nobody's secrets are,
/// brings draws that can be repeated.
/// </summary>
public interface IDraws
{
    /// <summary>The id of somebody whom nobody has named before.</summary>
    UserId User();

    /// <summary>The code of an SMS: six digits.</summary>
    string VerificationCode();

    /// <summary>The code of an invite link: <see cref="InviteCode.IsPossible"/>.</summary>
    string InviteCode();

    MailboxKey MailboxKey();
}

/// <summary>Draws from a cryptographic source.</summary>
public sealed class SecureDraws : IDraws
{
    public static readonly SecureDraws Shared = new();

    public UserId User() => new(Guid.NewGuid());

    public string VerificationCode() => Registration.VerificationCode.Draw();

    public string InviteCode() => Connections.InviteCode.Draw();

    public MailboxKey MailboxKey() => Domain.Mailboxes.MailboxKey.Read(RandomNumberGenerator.GetBytes(Domain.Mailboxes.MailboxKey.Size));
}
