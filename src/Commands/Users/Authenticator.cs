using Cqrs.Commands.Execution;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Tokens;
using Cqrs.Domain.Users;

namespace Cqrs.Commands.Users;

/// <summary>
/// Who sends a command? The token is checked by arithmetic first; its epoch then against the log itself, so that a
/// token that was revoked sends no command, however far the read models are behind.
/// </summary>
public sealed class Authenticator(EventStreams streams, TokenKeys keys)
{
    public async ValueTask<Answer<Caller>> AuthenticateAsync(string? token, CancellationToken cancel = default)
    {
        if (!AuthTokens.TryVerify(token, keys, out var claims)) return UserRefusals.Unauthorized;
        var user = (await streams.LoadAsync(claims.User, cancel)).State;
        if (UserDecider.Authorize(user, claims.Epoch) is { } refusal) return refusal;
        return new Caller(claims.User);
    }
}

/// <summary>A user who proved himself by his auth token.</summary>
public sealed record Caller(UserId User);
