using Cqrs.Commands.Execution;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Users;
using Cqrs.EventStore.Log;

namespace Cqrs.Commands.Users;

/// <summary>Log out everywhere.</summary>
public sealed record RevokeTokens(UserId User);

/// <param name="Position">Up to here the log has been written when the answer was made.</param>
public sealed record Done(LogPosition Position);

public sealed class RevokeTokensHandler(EventStreams streams)
{
    public async Task<Answer<Done>> HandleAsync(RevokeTokens command, CommandContext context, CancellationToken cancel = default)
    {
        var outcome = await streams.ExecuteAsync(
            command.User, user => UserDecider.RevokeTokens(user, context.At), context, cancel);
        return outcome.Refusal is { } refusal ? refusal : new Done(outcome.State.Position);
    }
}
