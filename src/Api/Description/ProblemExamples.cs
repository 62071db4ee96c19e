using System.Text.Json.Nodes;
using Cqrs.Api.Endpoints;
using Cqrs.Api.Http;
using Cqrs.Domain.Connections;
using Cqrs.Domain.Decisions;
using Cqrs.Domain.Phones;
using Cqrs.Domain.Registration;
using Cqrs.Domain.Squares;
using Cqrs.Domain.Users;
using Cqrs.Messaging.Mailboxes;

namespace Cqrs.Api.Description;

/// <summary>An example of each problem, created by the code that creates the real ones.</summary>
internal sealed class ProblemExamples
{
    private const string InvalidRequest = "invalid-request";

    private static readonly DateTimeOffset Now = Examples.At;
    private static readonly DateTimeOffset Later = Now + TimeSpan.FromMinutes(1);

    private readonly SortedDictionary<string, JsonNode?> _components = new(StringComparer.Ordinal);

    public ProblemExamples()
    {
        foreach (var problem in Problems.All.Where(problem => problem.Code != InvalidRequest)) _components[problem.Code] = Example(Refused(problem.Code));
    }

    /// <summary>Returns a reference to the example; the field at fault depends on the call.</summary>
    public JsonObject Of(string code, EndpointDescription description)
    {
        if (code != InvalidRequest) return Json.Ref("examples", code);
        var (fault, refusal, field) = description switch
        {
            { HasPreconditions: true } => ("precondition", Problems.InvalidRequest("The header If-Match is a list of entity tags in quotes, or *."), "If-Match"),
            { Body: { } body } when Schemas.Required(body).FirstOrDefault() is { } missing =>
                (missing, Problems.InvalidRequest($"The field '{missing}' is missing."), missing),
            { Body: not null } => ("nothing", MailboxEndpoints.Nothing, null),
            { IsQuery: true } => ("position", Problems.InvalidRequest($"{QueryPipeline.MinPositionHeader} is a number, as Cqrs-Position gave it."), null),
            { NeedsTicket: true } when description.Codes.Contains(code) => ("platform", DeviceEndpoints.UnknownPlatform, "platform"),
            _ => ("key", Refused(InvalidRequest), (string?)null),
        };
        _components[$"{code}.{fault}"] = Example(refusal, field);
        return Json.Ref("examples", $"{code}.{fault}");
    }

    /// <summary>Returns true when the answer says when to try again.</summary>
    public static bool TellsWhen(string code) => Reply.Problem(Refused(code), Now).Headers.ContainsKey("Retry-After");

    public JsonObject Components() => new(_components);

    private static JsonObject Example(Refusal refusal, string? field = null)
    {
        var reply = Reply.Problem(refusal, Now, field);
        return new() { ["summary"] = Problems.Kind(refusal.Code).Title, ["value"] = JsonNode.Parse(reply.Body.Span) };
    }

    private static Refusal Refused(string code) => code switch
    {
        InvalidRequest => Problems.InvalidRequest($"{IdempotentCalls.KeyHeader} must have 1 to 128 characters."),
        "invalid-phone" => new(code, PhoneNumberParser.Parse("12", "US").Sentence),
        "invalid-name" => PersonName.Invalid,
        "unauthorized" => UserRefusals.Unauthorized,
        "ticket-expired" => TicketPipeline.Expired,
        "not-yours" => TicketPipeline.NotYours,
        "unknown-video" => VideoEndpoints.UnknownVideo,
        "older-video" => MailboxRefusals.OlderVideo,
        "video-too-large" => VideoEndpoints.TooLarge(100_000_000),
        "address-forged" => BlobEndpoints.Forged,
        "address-expired" => BlobEndpoints.Expired,
        "upload-mismatch" => BlobEndpoints.Mismatch,
        "country-not-allowed" => new(code, "Numbers of this country cannot be registered here."),
        "not-found" => new(code, FallbackProblems.NothingHere),
        "unknown-registration" => RegistrationRefusals.UnknownRegistration,
        "unknown-connection" => ConnectionRefusals.UnknownConnection,
        "unknown-user" => UserRefusals.UnknownUser,
        "grid-full" => SquareDecider.GridFull,
        "rejection-unacknowledged" => ConnectionRefusals.RejectionUnacknowledged,
        "already-connected" => ConnectionRefusals.AlreadyConnected,
        "not-invited" => ConnectionRefusals.NotInvited,
        "not-rejected" => ConnectionRefusals.NotRejected,
        "code-expired" => RegistrationRefusals.CodeExpired,
        "body-too-large" => Problems.BodyTooLarge,
        "request-timeout" => Problems.RequestTimeout,
        "precondition-failed" => Problems.PreconditionFailed,
        "cannot-invite-yourself" => ConnectionRefusals.CannotInviteYourself,
        "wrong-code" => RegistrationRefusals.WrongCode(4),
        "idempotency-key-reused" => Problems.KeyReused,
        "rate-limited" => RegistrationRefusals.RateLimited(Later),
        "resend-too-soon" => RegistrationRefusals.ResendTooSoon(Later),
        "too-many-attempts" => RegistrationRefusals.TooManyAttempts,
        "invite-limit" => ConnectionRefusals.InviteLimit(Later),
        "internal-error" => Problems.Internal,
        "not-caught-up" => Problems.NotCaughtUp,
        "try-again" => Problems.TryAgain,
        "storage-unavailable" => Problems.StorageUnavailable,
        _ => new(code, Problems.Kind(code).Title),
    };
}
