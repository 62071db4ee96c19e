using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Cqrs.Commands.Idempotency;
using Cqrs.Domain.Decisions;
using Cqrs.EventStore.Log;

namespace Cqrs.Api.Http;

/// <summary>An answer, complete before its first byte is sent, so that it can be stored and repeated.</summary>
public sealed record Reply(int Status, string? ContentType, IReadOnlyDictionary<string, string> Headers, ReadOnlyMemory<byte> Body)
{
    public const string PositionHeader = "Cqrs-Position";
    public const string JsonType = "application/json; charset=utf-8";

    private const string RetryAfter = "Retry-After";

    private static readonly Dictionary<string, string> NoHeaders = [];

    public bool IsSuccess => Status is >= 200 and < 300;

    /// <summary>True when the same request may be answered differently after a wait.</summary>
    public bool AsksToWait => Headers.ContainsKey(RetryAfter);

    public static Reply Json<T>(int status, T body, JsonTypeInfo<T> type) =>
        new(status, JsonType, NoHeaders, JsonSerializer.SerializeToUtf8Bytes(body, type));

    public static Reply Json<T>(int status, T body, JsonTypeInfo<T> type, LogPosition position) =>
        Json(status, body, type) with { Headers = At(position) };

    public static Reply NoContent(LogPosition position) => new(StatusCodes.Status204NoContent, ContentType: null, At(position), default);

    /// <summary>An answer without a body.</summary>
    public static Reply Empty(int status) => new(status, ContentType: null, NoHeaders, default);

    /// <summary>A temporary redirect.</summary>
    public static Reply Found(string address) =>
        new(StatusCodes.Status302Found, ContentType: null, new Dictionary<string, string> { ["Location"] = address }, default);

    public static Reply Problem(Refusal refusal, DateTimeOffset now, string? field = null)
    {
        var kind = Problems.Kind(refusal.Code);
        var body = new ProblemBody(
            $"urn:cqrs:problem:{kind.Code}", kind.Title, kind.Status, refusal.Message, kind.Code, field, refusal.AttemptsLeft, refusal.RetryAt);
        var wait = refusal.RetryAt is { } at ? Math.Max(1, (int)Math.Ceiling((at - now).TotalSeconds)) : kind.Status == 503 ? 1 : 0;
        var headers = wait == 0 ? NoHeaders : new() { [RetryAfter] = wait.ToString(CultureInfo.InvariantCulture) };
        return new(kind.Status, "application/problem+json", headers, JsonSerializer.SerializeToUtf8Bytes(body, JsonTypes.Problem.ProblemBody))
        {
            Why = refusal.Message,
        };
    }

    /// <summary>For the challenge of a 401; null for all other answers.</summary>
    private string? Why { get; init; }

    /// <summary>A stored answer, repeated.</summary>
    public static Reply Again(StoredAnswer stored) => new(stored.Status, stored.ContentType, stored.Headers, stored.Body);

    /// <summary>The same answer with this position where it is greater; unchanged for an answer without a position.</summary>
    public Reply Reaching(LogPosition position) =>
        Headers.TryGetValue(PositionHeader, out var told) && long.Parse(told, CultureInfo.InvariantCulture) < position.Value
            ? this with { Headers = new Dictionary<string, string>(Headers) { [PositionHeader] = position.Value.ToString(CultureInfo.InvariantCulture) } }
            : this;

    public StoredAnswer ToStored() => new(Status, ContentType, Headers, Body.ToArray());

    public Task SendAsync(HttpResponse response, CancellationToken cancel)
    {
        response.StatusCode = Status;
        foreach (var (name, value) in Headers) response.Headers[name] = value;
        response.Headers.CacheControl = "no-store";
        var request = response.HttpContext.Request;
        if (Status == StatusCodes.Status401Unauthorized && Why is not null) response.Headers.WWWAuthenticate = BearerToken.Challenge(request, Why);

        // RFC 9110, section 15.5.9: the rest of the request may still come, so the connection cannot be used for another one.
        if (Status == StatusCodes.Status408RequestTimeout && HttpProtocol.IsHttp11(request.Protocol)) response.Headers.Connection = "close";
        if (ContentType is null) return Task.CompletedTask;
        response.ContentType = ContentType;
        response.ContentLength = Body.Length;
        if (HttpMethods.IsHead(request.Method)) return Task.CompletedTask;
        return response.Body.WriteAsync(Body, cancel).AsTask();
    }

    private static Dictionary<string, string> At(LogPosition position) =>
        new() { [PositionHeader] = position.Value.ToString(CultureInfo.InvariantCulture) };
}
