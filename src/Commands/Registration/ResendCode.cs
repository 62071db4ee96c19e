using Cqrs.Commands.Execution;
using Cqrs.Domain.Registration;

namespace Cqrs.Commands.Registration;

public sealed record ResendCode(string RegistrationId);

public sealed class ResendCodeHandler(EventStreams streams, RegistrationIds ids, RegistrationRules rules, IDraws draws)
{
    public async Task<Answer<RegistrationAnswer>> HandleAsync(ResendCode command, CommandContext context, CancellationToken cancel = default)
    {
        if (await ids.OpenAsync(command.RegistrationId, cancel) is not var (user, attempt)) return RegistrationRefusals.UnknownRegistration;

        var code = draws.VerificationCode();
        var outcome = await streams.ExecuteAsync(
            user, state => RegistrationDecider.Resend(state, attempt, code, rules, context.At), context, cancel);
        if (outcome.Refusal is { } refusal) return refusal;
        return await RegistrationAnswers.ForAsync(outcome.State, attempt, ids, cancel);
    }
}
