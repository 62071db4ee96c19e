using Cqrs.Commands.Execution;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Mailboxes;
using Cqrs.Domain.Registration;
using Cqrs.Domain.Tokens;
using Cqrs.EventStore.Log;

namespace Cqrs.Commands.Registration;

public sealed record VerifyRegistration(string RegistrationId, string Code);

/// <param name="AuthToken">104 characters; the same for a repeated request, as it derives from the event.</param>
/// <param name="MailboxKey">43 characters.</param>
public sealed record VerifiedAnswer(UserId User, string AuthToken, string MailboxKey, LogPosition Position);

public sealed class VerifyRegistrationHandler(EventStreams streams, RegistrationIds ids, TokenKeys tokens, IDraws draws)
{
    public async Task<Answer<VerifiedAnswer>> HandleAsync(VerifyRegistration command, CommandContext context, CancellationToken cancel = default)
    {
        if (await ids.OpenAsync(command.RegistrationId, cancel) is not var (user, attemptId)) return RegistrationRefusals.UnknownRegistration;

        var newKey = draws.MailboxKey();
        var outcome = await streams.ExecuteAsync(
            user, state => RegistrationDecider.Verify(state, attemptId, command.Code, newKey.Reveal(), context.At), context, cancel);
        if (outcome.Refusal is { } refusal) return refusal;

        // A repeated request whose first answer was lost finds what it did, not what it says.
        var state = outcome.State.State;
        if (state.Attempt(attemptId) is not { } attempt) return RegistrationRefusals.UnknownRegistration;
        if (!attempt.IsUsed) return RegistrationRefusals.WrongCode(RegistrationRules.TriesPerCode - attempt.Misses);
        if (!MailboxKey.TryParse(state.MailboxKey?.Text, out var key)) return RegistrationRefusals.UnknownRegistration;

        // Of the attempt, not of the user: repeating the request must not make a good token of one that was revoked.
        var token = AuthTokens.Sign(new(user, key.UserKey, attempt.Epoch, attempt.VerifiedAt), tokens);
        return new VerifiedAnswer(user, token, key.Reveal(), outcome.State.Position);
    }
}
