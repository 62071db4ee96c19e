using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Cqrs.Commands.Idempotency;
using Cqrs.Domain.Decisions;
using Cqrs.EventStore.Log;

namespace Cqrs.Api.Http;

/// <summary>An answer, complete before its first byte is sent: so it can be kept and given again.</summary>
public sealed record Reply(int Status, string? ContentType, IReadOnlyDictionary<string, string> Headers, ReadOnlyMemory<byte> Body)
{
    public const string PositionHeader = "Cqrs-Position";
    public const string JsonType = "application/json; charset=utf-8";

    private static readonly Dictionary<string, string> NoHeaders = [];

    public bool IsSuccess => Status is >= 200 and < 300;

    public static Reply Json<T>(int status, T body, JsonTypeInfo<T> type) =>
        new(status, JsonType, NoHeaders, JsonSerializer.SerializeToUtf8Bytes(body, type));

    public static Reply Json<T>(int status, T body, JsonTypeInfo<T> type, LogPosition position) =>
        Json(status, body, type) with { Headers = At(position) };

    public static Reply NoContent(LogPosition position) => new(StatusCodes.Status204NoContent, ContentType: null, At(position), default);

    /// <summary>An answer that says all with its status.</summary>
    public static Reply Empty(int status) => new(status, ContentType: null, NoHeaders, default);

    /// <summary>What is asked for is to be got at another address, for the moment.</summary>
    public static Reply Found(string address) =>
        new(StatusCodes.Status302Found, ContentType: null, new Dictionary<string, string> { ["Location"] = address }, default);

    public static Reply Problem(Refusal refusal, DateTimeOffset now, string? field = null)
    {
        var kind = Problems.Kind(refusal.Code);
        var body = new ProblemBody(
            $"urn:cqrs:problem:{kind.Code}", kind.Title, kind.Status, refusal.Message, kind.Code, field, refusal.AttemptsLeft, refusal.RetryAt);
        var wait = refusal.RetryAt is { } at ? Math.Max(1, (int)Math.Ceiling((at - now).TotalSeconds)) : kind.Status == 503 ? 1 : 0;
        var headers = wait == 0 ? NoHeaders : new() { ["Retry-After"] = wait.ToString(CultureInfo.InvariantCulture) };
        return new(kind.Status, "application/problem+json", headers, JsonSerializer.SerializeToUtf8Bytes(body, JsonTypes.Problem.ProblemBody));
    }

    public static Reply Again(StoredAnswer stored) => new(stored.Status, stored.ContentType, stored.Headers, stored.Body);

    /// <summary>The same, saying that at least so much was written; for an answer that says how far at all.</summary>
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
        if (ContentType is null) return Task.CompletedTask;
        response.ContentType = ContentType;
        response.ContentLength = Body.Length;
        return response.Body.WriteAsync(Body, cancel).AsTask();
    }

    private static Dictionary<string, string> At(LogPosition position) =>
        new() { [PositionHeader] = position.Value.ToString(CultureInfo.InvariantCulture) };
}
