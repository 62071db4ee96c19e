using Cqrs.Api.Http;
using Cqrs.Commands.Execution;
using Cqrs.Commands.Registration;
using Cqrs.Domain.Users;

namespace Cqrs.Api.Endpoints;

/// <summary>Registration: a number, a code by SMS, and back.</summary>
public static class RegistrationEndpoints
{
    public static void MapRegistration(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/registrations", (HttpContext http, CommandPipeline pipeline, RequestRegistrationHandler handler, RateLimits limits) =>
            pipeline.AnonymousAsync(http, async (call, cancel) =>
            {
                var body = RequestBody.Parse(call.Body, JsonTypes.Contract.RegistrationRequest);
                var first = RequestBody.Need(body.FirstName, "firstName");
                var last = RequestBody.Need(body.LastName, "lastName");
                var phone = RequestBody.Need(body.Phone, "phone");
                if (PersonName.TryMake(first, last) is not { } name) return Reply.Problem(PersonName.Invalid, call.Context.At);
                if (limits.Code(http) is { } limit) return Reply.Problem(limit, call.Context.At);
                return Sent(await handler.HandleAsync(new(name, phone, body.Region), call.Context, cancel), call);
            }))
            .Describe("requestRegistration", "Registration", "Ask for a code by SMS")
            .Tells("The answer is the same for known and unknown numbers. The code has six digits, works once and lives 10 minutes; five wrong tries end it. `unknown-user` says that the number's user was forgotten at this very moment: ask again.")
            .Takes<RegistrationRequest>().Answers<RegistrationResponse>(202)
            .Fails("invalid-phone", "invalid-name", "country-not-allowed", "unknown-user", "rate-limited");

        routes.MapPost("/registrations/{registrationId}/resend", (
            string registrationId, HttpContext http, CommandPipeline pipeline, ResendCodeHandler handler, RateLimits limits) =>
            pipeline.AnonymousAsync(http, async (call, cancel) =>
            {
                if (limits.Code(http) is { } limit) return Reply.Problem(limit, call.Context.At);
                return Sent(await handler.HandleAsync(new(registrationId), call.Context, cancel), call);
            }))
            .Describe("resendCode", "Registration", "Ask for another code")
            .Tells("Sends a new code, which takes the place of the one before. Allowed from `resendAt` on, five codes in all; the waits grow from 1 to 10 minutes.")
            .Answers<RegistrationResponse>(202)
            .Fails("unknown-registration", "code-expired", "resend-too-soon", "rate-limited");

        routes.MapPost("/registrations/{registrationId}/verify", (
            string registrationId, HttpContext http, CommandPipeline pipeline, VerifyRegistrationHandler handler, ReadPositions positions) =>
            pipeline.AnonymousAsync(http, async (call, cancel) =>
            {
                var body = RequestBody.Parse(call.Body, JsonTypes.Contract.VerifyRequest);
                var code = RequestBody.Need(body.Code, "code");
                var answer = await handler.HandleAsync(new(registrationId, code), call.Context, cancel);
                if (answer.Value is not { } verified) return Reply.Problem(answer.Refusal!, call.Context.At);

                // The token before this one is dead for queries, too, when the new one is handed out.
                await positions.ReachedAsync("users", verified.Position, cancel);
                return Reply.Json(
                    200, new VerifyResponse(verified.User.Value, verified.AuthToken, verified.MailboxKey),
                    JsonTypes.Contract.VerifyResponse, verified.Position);
            }))
            .Describe("verifyRegistration", "Registration", "Send the code back and get an auth token")
            .Tells("Who verifies his number again is the same user, with the same connections and the same mailbox key; the auth token that he had before is dead.")
            .Takes<VerifyRequest>().Answers<VerifyResponse>(200)
            .Fails("wrong-code", "code-expired", "too-many-attempts", "unknown-registration");
    }

    private static Reply Sent(Answer<RegistrationAnswer> answer, CommandCall call) => answer.Value is { } sent
        ? Reply.Json(
            202, new RegistrationResponse(sent.RegistrationId, sent.Phone.E164, sent.ExpiresAt, sent.ResendAt),
            JsonTypes.Contract.RegistrationResponse, sent.Position)
        : Reply.Problem(answer.Refusal!, call.Context.At);
}
