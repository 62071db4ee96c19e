using System.Net.Http.Headers;
using System.Text.Json.Serialization.Metadata;

namespace Cqrs.Client.Http;

/// <summary>One call of the contract, before it is sent; sent again, it is the same call.</summary>
internal sealed class ApiCall(HttpMethod method, string path)
{
    private static readonly MediaTypeHeaderValue Json = new("application/json");

    // The key belongs to the call, not to the try: by it the server knows a repetition.
    private readonly string? _key = method == HttpMethod.Post ? Guid.NewGuid().ToString() : null;
    private byte[]? _body;

    /// <summary>The auth token or the ticket.</summary>
    public string? Token { get; init; }

    /// <summary>The ETag of what is known already.</summary>
    public string? Known { get; init; }

    /// <summary>The answer must have seen this position of the log; 0 for any.</summary>
    public long MinPosition { get; init; }

    public static ApiCall Get(string path) => new(HttpMethod.Get, path);

    public static ApiCall Post(string path) => new(HttpMethod.Post, path);

    public ApiCall With<T>(T body, JsonTypeInfo<T> type)
    {
        _body = System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(body, type);
        return this;
    }

    /// <summary>A fresh message for one try.</summary>
    public HttpRequestMessage ToRequest()
    {
        var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
        if (Token is not null) request.Headers.Authorization = new("Bearer", Token);
        if (_key is not null) request.Headers.Add("Idempotency-Key", _key);
        if (Known is not null) request.Headers.TryAddWithoutValidation("If-None-Match", Known);
        if (MinPosition > 0) request.Headers.Add("Cqrs-Min-Position", MinPosition.ToString(System.Globalization.CultureInfo.InvariantCulture));
        if (_body is not null) request.Content = new ByteArrayContent(_body) { Headers = { ContentType = Json } };
        return request;
    }
}
