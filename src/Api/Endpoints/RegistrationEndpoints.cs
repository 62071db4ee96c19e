using Cqrs.Api.Http;
using Cqrs.Commands.Execution;
using Cqrs.Commands.Numbers;
using Cqrs.Commands.Registration;
using Cqrs.Domain.Phones;
using Cqrs.Domain.Registration;
using Cqrs.Domain.Users;

namespace Cqrs.Api.Endpoints;

/// <summary>Registration: ask for a code by SMS, send it back, get an auth token.</summary>
public static class RegistrationEndpoints
{
    public static void MapRegistration(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/registrations", (
            HttpContext http, CommandPipeline pipeline, RequestRegistrationHandler handler, RateLimits limits, PhoneRegistry numbers) =>
            pipeline.AnonymousAsync(http, (body, cancel) => NumberAsync(body, numbers, cancel), async (call, cancel) =>
            {
                var body = RequestBody.Parse(call.Body, JsonTypes.Contract.RegistrationRequest);
                var first = RequestBody.Need(body.FirstName, "firstName");
                var last = RequestBody.Need(body.LastName, "lastName");
                var phone = RequestBody.Need(body.Phone, "phone");
                if (PersonName.TryMake(first, last) is not { } name) return Reply.Problem(PersonName.Invalid, call.Context.At);
                if (limits.Code(http, call.Context.Command) is { } limit) return Reply.Problem(limit, call.Context.At);
                return Sent(await handler.HandleAsync(new(name, phone, body.Region), call.Context, cancel), call);
            }))
            .Describe("requestRegistration", "Registration", "Ask for a code by SMS")
            .Tells("The answer is the same for known and unknown numbers. The code has six digits, works once and lives 10 minutes; five wrong tries end it. `unknown-user`: the number's user was forgotten during this call; ask again. The `Idempotency-Key` belongs to the number: a repetition from another network sends no second SMS.")
            .Takes<RegistrationRequest>().Answers<RegistrationResponse>(202)
            .Fails("invalid-phone", "invalid-name", "country-not-allowed", "unknown-user", "rate-limited");

        routes.MapPost("/registrations/{registrationId}/resend", (
            string registrationId, HttpContext http, CommandPipeline pipeline, ResendCodeHandler handler, RateLimits limits, RegistrationIds ids) =>
            pipeline.AnonymousAsync(http, (_, cancel) => RegistrationAsync(registrationId, ids, cancel), async (call, cancel) =>
            {
                if (limits.Code(http, call.Context.Command) is { } limit) return Reply.Problem(limit, call.Context.At);
                return Sent(await handler.HandleAsync(new(registrationId), call.Context, cancel), call);
            }))
            .Describe("resendCode", "Registration", "Ask for another code")
            .Tells("Sends a new code, which takes the place of the one before. Allowed from `resendAt` on, five codes in all; the waits grow from 1 to 10 minutes.")
            .Answers<RegistrationResponse>(202)
            .Fails("unknown-registration", "code-expired", "resend-too-soon", "rate-limited");

        routes.MapPost("/registrations/{registrationId}/verify", (
            string registrationId, HttpContext http, CommandPipeline pipeline, VerifyRegistrationHandler handler, ReadPositions positions, RegistrationIds ids) =>
            pipeline.AnonymousAsync(http, (_, cancel) => RegistrationAsync(registrationId, ids, cancel), async (call, cancel) =>
            {
                var body = RequestBody.Parse(call.Body, JsonTypes.Contract.VerifyRequest);
                var code = CodeText.Normalize(RequestBody.Need(body.Code, "code"))
                    ?? throw new InvalidBodyException("code", $"The field 'code' must have the {RegistrationRules.CodeDigits} digits of the SMS. This was not counted as a try.");
                var answer = await handler.HandleAsync(new(registrationId, code), call.Context, cancel);
                if (answer.Value is not { } verified) return Reply.Problem(answer.Refusal!, call.Context.At);

                // When the new token is handed out, queries must refuse the token before it, too.
                await positions.ReachedAsync("users", verified.Position, cancel);
                return Reply.Json(
                    200, new VerifyResponse(verified.User.Value, verified.AuthToken, verified.MailboxKey),
                    JsonTypes.Contract.VerifyResponse, verified.Position);
            }))
            .Describe("verifyRegistration", "Registration", "Send the code back and get an auth token")
            .Tells("A number that is verified again stays the same user, with the same connections and the same mailbox key; the auth token before it is no longer valid. Spaces and dashes in the code are ignored, and digits of other scripts are understood; a text that is not a code answers `invalid-request` and costs no try. The `Idempotency-Key` belongs to the registration: a repetition from another network gets the same token.")
            .Takes<VerifyRequest>().Answers<VerifyResponse>(200)
            .Fails("wrong-code", "code-expired", "too-many-attempts", "unknown-registration");
    }

    // Impossible numbers get no scope: they send no SMS, so a repetition does nothing twice.
    private static async ValueTask<string?> NumberAsync(ReadOnlyMemory<byte> content, PhoneRegistry numbers, CancellationToken cancel)
    {
        var body = RequestBody.Parse(content, JsonTypes.Contract.RegistrationRequest);
        return body.Phone is { } text && PhoneNumberParser.Parse(text, body.Region).Number is { } phone
            ? $"number {await numbers.KeyOfAsync(phone, cancel)}"
            : null;
    }

    private static async ValueTask<string?> RegistrationAsync(string id, RegistrationIds ids, CancellationToken cancel) =>
        await ids.OpenAsync(id, cancel) is null ? null : $"registration {id}";

    private static Reply Sent(Answer<RegistrationAnswer> answer, CommandCall call) => answer.Value is { } sent
        ? Reply.Json(
            202, new RegistrationResponse(sent.RegistrationId, sent.Phone.E164, sent.ExpiresAt, sent.ResendAt),
            JsonTypes.Contract.RegistrationResponse, sent.Position)
        : Reply.Problem(answer.Refusal!, call.Context.At);
}
