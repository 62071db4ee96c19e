using Cqrs.Domain.Identity;
using Cqrs.Domain.Mailboxes;

namespace Cqrs.Client.Registration;

/// <summary>
/// Who the phone's user is, and the two secrets that prove it: to be kept in the phone's keychain, both. They print as
/// words; <see cref="MailboxKey"/> reveals its text when asked.
/// </summary>
/// <param name="user">The user.</param>
/// <param name="authToken">104 characters. Does not run out; dies when the number is verified anew or the tokens are revoked.</param>
/// <param name="mailboxKey">32 bytes, the same for ever: all mailbox names derive from it.</param>
public sealed class Credentials(UserId user, string authToken, MailboxKey mailboxKey)
{
    public UserId User { get; } = user;

    public string AuthToken { get; } = authToken;

    public MailboxKey MailboxKey { get; } = mailboxKey;

    public override string ToString() => $"credentials of {User}";
}
