using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using Cqrs.Contracts.Tests.Log;
using Cqrs.EventStore.EventStoreDb.Wire;
using Google.Protobuf;

namespace Cqrs.Contracts.Tests.Gateway;

/// <summary>Calls as they go over the wire, byte by byte if a test likes; nothing is mended on the way.</summary>
internal sealed class GrpcClient(Uri address) : IDisposable
{
    public const string Read = "/event_store.client.streams.Streams/Read";
    public const string Append = "/event_store.client.streams.Streams/Append";
    public const string BatchAppend = "/event_store.client.streams.Streams/BatchAppend";
    public const string Delete = "/event_store.client.streams.Streams/Delete";
    public const string Gossip = "/event_store.client.gossip.Gossip/Read";
    public const string Features = "/event_store.client.server_features.ServerFeatures/GetSupportedMethods";

    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler { InitialHttp2StreamWindowSize = 65_535 });

    /// <summary>Messages in frames.</summary>
    public static byte[] Frames(params IMessage[] messages)
    {
        var output = new ArrayBufferWriter<byte>();
        foreach (var message in messages) GrpcFrames.Write(output, message);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>A whole call.</summary>
    public async Task<GrpcAnswer> CallAsync(string path, params IMessage[] messages) =>
        await SendAsync(path, new ByteArrayContent(Frames(messages)));

    /// <summary>A call with this body and these headers; read to its end.</summary>
    public async Task<GrpcAnswer> SendAsync(string path, HttpContent body, Action<HttpRequestMessage>? change = null)
    {
        using var response = await OpenAsync(path, body, change).WaitAsync(LogFixture.Patience);
        var bytes = await response.Content.ReadAsByteArrayAsync().WaitAsync(LogFixture.Patience);
        return new(response, bytes);
    }

    /// <summary>A call of which the answers are still to be read.</summary>
    public Task<HttpResponseMessage> OpenAsync(string path, HttpContent body, Action<HttpRequestMessage>? change = null, CancellationToken cancel = default)
    {
        body.Headers.TryAddWithoutValidation("content-type", GrpcHeaders.ContentType);
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

/// <summary>What a call was answered.</summary>
internal sealed class GrpcAnswer(HttpResponseMessage response, byte[] body)
{
    public HttpStatusCode Http { get; } = response.StatusCode;

    /// <summary>Null when none came.</summary>
    public GrpcStatus? Status => Header(GrpcHeaders.Status) is { } status ? Enum.Parse<GrpcStatus>(status) : null;

    public string Message => GrpcHeaders.DecodeMessage(Header(GrpcHeaders.Message) ?? "");

    /// <summary>In the trailers, or in the headers of a call that was refused at once.</summary>
    public string? Header(string name) =>
        response.TrailingHeaders.TryGetValues(name, out var trailers) ? trailers.Single()
        : response.Headers.TryGetValues(name, out var headers) ? headers.Single()
        : null;

    public async Task<List<T>> MessagesAsync<T>(MessageParser<T> parser)
        where T : class, IMessage<T>
    {
        var messages = new List<T>();
        var reader = new GrpcFrameReader(PipeReader.Create(new ReadOnlySequence<byte>(body)), int.MaxValue);
        while (await reader.ReadAsync(parser, CancellationToken.None) is { } message) messages.Add(message);
        return messages;
    }

    public GrpcAnswer ShouldBe(GrpcStatus status)
    {
        Status.ShouldBe(status, Message);
        return this;
    }
}
