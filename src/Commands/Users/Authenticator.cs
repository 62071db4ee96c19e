using Cqrs.Commands.Execution;
using Cqrs.Domain.Decisions;
using Cqrs.Domain.Tokens;
using Cqrs.Domain.Users;

namespace Cqrs.Commands.Users;

/// <summary>
/// May the bearer of a token send commands? Its epoch is checked against the log itself, so that a token that was
/// revoked sends none, however far the read models are behind.
/// </summary>
public sealed class Authenticator(EventStreams streams)
{
    /// <param name="token">Found genuine by arithmetic.</param>
    public async ValueTask<Refusal?> AuthorizeAsync(AuthToken token, CancellationToken cancel = default) =>
        UserDecider.Authorize((await streams.LoadAsync(token.User, cancel)).State, token.Epoch);
}
