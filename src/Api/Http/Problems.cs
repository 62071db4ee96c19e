using System.Collections.Frozen;
using Cqrs.Domain.Decisions;

namespace Cqrs.Api.Http;

/// <summary>One kind of problem: its stable code, the HTTP status and what it is called.</summary>
public sealed record ProblemKind(string Code, int Status, string Title);

/// <summary>Every code that an error can carry. Apps depend on them: codes are added, never changed.</summary>
public static class Problems
{
    public static readonly IReadOnlyList<ProblemKind> All =
    [
        new("invalid-request", 400, "The request cannot be understood."),
        new("invalid-phone", 400, "This is no possible phone number."),
        new("invalid-name", 400, "This is no possible name."),
        new("unauthorized", 401, "Not authorized."),
        new("ticket-expired", 401, "The ticket has run out."),
        new("country-not-allowed", 403, "This country is not served."),
        new("not-yours", 403, "The ticket does not allow this."),
        new("address-forged", 403, "This address was not signed here."),
        new("address-expired", 403, "The time of this address is over."),
        new("not-found", 404, "There is nothing here."),
        new("unknown-registration", 404, "Unknown registration."),
        new("unknown-connection", 404, "Unknown connection."),
        new("unknown-user", 404, "Unknown user."),
        new("unknown-video", 404, "There is no such video."),
        new("method-not-allowed", 405, "This cannot be done here."),
        new("request-timeout", 408, "The body did not arrive in time."),
        new("grid-full", 409, "The grid is full."),
        new("rejection-unacknowledged", 409, "A rejection waits to be acknowledged."),
        new("already-connected", 409, "Connected already."),
        new("not-invited", 409, "There is no invite to answer."),
        new("not-rejected", 409, "There is no rejection to acknowledge."),
        new("older-video", 409, "There is a newer video."),
        new("code-expired", 410, "The code has expired."),
        new("precondition-failed", 412, "A precondition does not hold."),
        new("body-too-large", 413, "The body is too large."),
        new("video-too-large", 413, "The video is too large."),
        new("unsupported-media-type", 415, "The body must be JSON."),
        new("cannot-invite-yourself", 422, "This is your own number."),
        new("upload-mismatch", 422, "The upload is not what was announced."),
        new("wrong-code", 422, "Wrong code."),
        new("idempotency-key-reused", 422, "The idempotency key was used for something else."),
        new("rate-limited", 429, "Too many requests."),
        new("resend-too-soon", 429, "Too soon for another code."),
        new("too-many-attempts", 429, "Too many wrong codes."),
        new("invite-limit", 429, "Too early for another invite."),
        new("internal-error", 500, "Something went wrong here."),
        new("not-caught-up", 503, "The answer is not ready yet."),
        new("try-again", 503, "Too busy."),
        new("storage-unavailable", 503, "The storage cannot be reached."),
    ];

    private static readonly FrozenDictionary<string, ProblemKind> ByCode = All.ToFrozenDictionary(kind => kind.Code);

    public static ProblemKind Kind(string code) => ByCode.TryGetValue(code, out var kind)
        ? kind
        : throw new InvalidOperationException($"There is no problem with the code '{code}'.");

    public static Refusal InvalidRequest(string detail) => new("invalid-request", detail);

    public static readonly Refusal BodyTooLarge = new("body-too-large", $"A body may have at most {RequestBody.MaxLength / 1024} KiB.");

    public static readonly Refusal RequestTimeout = new(
        "request-timeout", "The body stopped arriving, so the request was given up and nothing was done. Send it again with the same Idempotency-Key.");

    public static readonly Refusal PreconditionFailed = new(
        "precondition-failed", "If-Match, If-None-Match or If-Unmodified-Since does not hold for the stored version. Nothing was changed or sent; fetch the current ETag.");

    public static readonly Refusal KeyReused = new(
        "idempotency-key-reused", "This Idempotency-Key was sent before with another body. Use a new key for a new request.");

    public static readonly Refusal TryAgain = new(
        "try-again", "The resource was changed concurrently; nothing was changed by this request. Retry it.");

    public static readonly Refusal NotCaughtUp = new(
        "not-caught-up", "The answer does not yet include what Cqrs-Min-Position asks for. Try again.");

    public static readonly Refusal StorageUnavailable = new(
        "storage-unavailable", "The storage cannot take this at the moment. Try again with the same Idempotency-Key.");

    public static readonly Refusal Internal = new("internal-error", "This is a fault of the server. It was noted; try again later.");
}
