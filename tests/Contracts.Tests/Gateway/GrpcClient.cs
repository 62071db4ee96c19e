using System.Net;
using Cqrs.Contracts.Tests.Log;
using Google.Protobuf;
using Grpc.Core;

namespace Cqrs.Contracts.Tests.Gateway;

/// <summary>Sends calls byte by byte, so that a test can also send what no gRPC library would.</summary>
internal sealed class GrpcClient(Uri address) : IDisposable
{
    public const string Read = "/event_store.client.streams.Streams/Read";
    public const string Append = "/event_store.client.streams.Streams/Append";
    public const string BatchAppend = "/event_store.client.streams.Streams/BatchAppend";
    public const string Delete = "/event_store.client.streams.Streams/Delete";
    public const string Gossip = "/event_store.client.gossip.Gossip/Read";
    public const string Features = "/event_store.client.server_features.ServerFeatures/GetSupportedMethods";

    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler { InitialHttp2StreamWindowSize = 65_535 });

    /// <summary>Makes a call and reads its answer to the end.</summary>
    public async Task<GrpcAnswer> CallAsync(string path, params IMessage[] messages) =>
        await SendAsync(path, new ByteArrayContent(Frames.Of(messages)));

    /// <summary>Makes a call with this body and these headers and reads its answer to the end.</summary>
    public async Task<GrpcAnswer> SendAsync(string path, HttpContent body, Action<HttpRequestMessage>? change = null)
    {
        using var response = await OpenAsync(path, body, change).WaitAsync(LogFixture.Patience);
        var bytes = await response.Content.ReadAsByteArrayAsync().WaitAsync(LogFixture.Patience);
        return new(response, bytes);
    }

    /// <summary>Makes a call and returns when its headers are there.</summary>
    public Task<HttpResponseMessage> OpenAsync(string path, HttpContent body, Action<HttpRequestMessage>? change = null, CancellationToken cancel = default)
    {
        body.Headers.TryAddWithoutValidation("content-type", "application/grpc");
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(address, path))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = body,
        };
        request.Headers.TryAddWithoutValidation("te", "trailers");
        change?.Invoke(request);
        return _http.SendAsync(request, cancel);
    }

    public void Dispose() => _http.Dispose();
}

/// <summary>The answer to a call.</summary>
internal sealed class GrpcAnswer(HttpResponseMessage response, byte[] body)
{
    public HttpStatusCode Http { get; } = response.StatusCode;

    /// <summary>Null when the answer has no status.</summary>
    public StatusCode? Status => Header("grpc-status") is { } status ? Enum.Parse<StatusCode>(status) : null;

    public string Message => Uri.UnescapeDataString(Header("grpc-message") ?? "");

    /// <summary>True when the status is in the headers and there is no body.</summary>
    public bool IsTrailersOnly => response.Headers.Contains("grpc-status") && body.Length == 0;

    /// <summary>Returns a header from the trailers or, of an answer without messages, from the headers.</summary>
    public string? Header(string name) =>
        response.TrailingHeaders.TryGetValues(name, out var trailers) ? trailers.Single()
        : response.Headers.TryGetValues(name, out var headers) ? headers.Single()
        : null;

    public async Task<List<T>> MessagesAsync<T>(MessageParser<T> parser)
        where T : class, IMessage<T>
    {
        var messages = new List<T>();
        using var stream = new MemoryStream(body);
        while (await Frames.ReadAsync(stream, parser) is { } message) messages.Add(message);
        return messages;
    }

    public GrpcAnswer ShouldBe(StatusCode status)
    {
        Status.ShouldBe(status, Message);
        return this;
    }
}
