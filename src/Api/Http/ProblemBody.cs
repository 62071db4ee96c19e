using System.Text.Json.Serialization;

namespace Cqrs.Api.Http;

/// <summary>An error as it goes out: problem details (RFC 9457) with a stable <c>code</c>.</summary>
/// <param name="Field">For <c>invalid-request</c>: the field of the body, by its path (<c>seen.video</c>), or the header.</param>
/// <param name="AttemptsLeft">How many tries a code has left, for <c>wrong-code</c>.</param>
public sealed record ProblemBody(
    string Type, string Title, int Status, string Detail, string Code, string? Field = null, int? AttemptsLeft = null,
    DateTimeOffset? RetryAt = null);

[JsonSerializable(typeof(ProblemBody))]
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
internal sealed partial class ProblemJson : JsonSerializerContext;
