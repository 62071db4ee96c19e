using Cqrs.Commands.Execution;
using Cqrs.Commands.Numbers;
using Cqrs.Domain.Phones;
using Cqrs.Domain.Registration;
using Cqrs.Domain.Users;
using Cqrs.EventStore.Log;

namespace Cqrs.Commands.Registration;

/// <param name="Region">ISO 3166-1 code of the country that the phone is in, for numbers without a country code.</param>
public sealed record RequestRegistration(PersonName Name, string Phone, string? Region);

/// <param name="Phone">The completed number.</param>
/// <param name="ResendAt">When another code may be asked for.</param>
public sealed record RegistrationAnswer(
    string RegistrationId, PhoneNumber Phone, DateTimeOffset ExpiresAt, DateTimeOffset ResendAt, LogPosition Position);

/// <summary>
/// Somebody says that a number is his: a code goes there. The answer is the same for known and unknown numbers.
/// </summary>
public sealed class RequestRegistrationHandler(
    EventStreams streams, PhoneRegistry numbers, RegistrationIds ids, RegistrationRules rules, AllowedCountries countries, IDraws draws)
{
    public async Task<Answer<RegistrationAnswer>> HandleAsync(RequestRegistration command, CommandContext context, CancellationToken cancel = default)
    {
        var parsed = PhoneNumberParser.Parse(command.Phone, command.Region);
        if (parsed.Number is not { } phone) return PhoneRefusals.Invalid(parsed);
        if (!countries.Allow(phone)) return PhoneRefusals.CountryNotAllowed;

        var user = await numbers.FindOrClaimAsync(phone, context, cancel);
        var attempt = context.Command.Derive("attempt");
        var code = draws.VerificationCode();
        var outcome = await streams.ExecuteAsync(
            user, state => RegistrationDecider.Request(state, user, attempt, command.Name, phone.E164, code, rules, context.At),
            context, cancel);
        if (outcome.Refusal is { } refusal) return refusal;
        return await RegistrationAnswers.ForAsync(outcome.State, attempt, ids, cancel);
    }
}

internal static class RegistrationAnswers
{
    public static async ValueTask<Answer<RegistrationAnswer>> ForAsync(
        LoadedStream<User> user, Guid attemptId, RegistrationIds ids, CancellationToken cancel)
    {
        if (user.State.Attempt(attemptId) is not { } attempt || user.State.Phone?.Text is not { } phone)
            return RegistrationRefusals.UnknownRegistration;

        var id = await ids.SealAsync(user.State.Id, attemptId, cancel);
        return new RegistrationAnswer(id, PhoneNumber.FromStored(phone), attempt.ExpiresAt, attempt.ResendAt, user.Position);
    }
}
