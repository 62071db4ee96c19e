using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Cqrs.EventStore.EventStoreDb.Connecting;
using Google.Protobuf;

namespace Cqrs.EventStore.EventStoreDb.Wire;

/// <summary>
/// Calls to one server: gRPC over HTTP/2, as <c>doc/PROTOCOL-HTTP2.md</c> of its public repository has it. A call that
/// cannot reach the server, or is cut off, ends in <see cref="NodeLostException"/>; the pings of the connection see to
/// it that this happens to a server that has gone silent, too.
/// </summary>
internal sealed class GrpcNode : IDisposable
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);

    private readonly HttpClient _http;
    private readonly EsdbSettings _settings;
    private readonly AuthenticationHeaderValue? _credentials;

    public GrpcNode(NodeAddress address, EsdbSettings settings)
    {
        (Address, _settings) = (address, settings);
        _credentials = settings.Credentials is { } c
            ? new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{c.User}:{c.Password}")))
            : null;
        _http = new(new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            ConnectTimeout = ConnectTimeout,
            EnableMultipleHttp2Connections = true,
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
            InitialHttp2StreamWindowSize = 2 * 1024 * 1024,
            KeepAlivePingDelay = settings.KeepAliveInterval,
            KeepAlivePingTimeout = settings.KeepAliveTimeout,
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            SslOptions = NodeCertificates.Options(settings),
        })
        {
            BaseAddress = new($"{(settings.Tls ? "https" : "http")}://{address}/"),
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    public NodeAddress Address { get; }

    /// <summary>Begins a call.</summary>
    /// <param name="method">Such as <c>event_store.client.streams.Streams/Read</c>.</param>
    /// <param name="deadline">Told to the server; null: none.</param>
    public async Task<GrpcAnswers> CallAsync(string method, HttpContent content, TimeSpan? deadline, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, method)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        request.Headers.TE.Add(new("trailers"));
        request.Headers.Authorization = _credentials;
        request.Headers.TryAddWithoutValidation("user-agent", "cqrs");
        request.Headers.TryAddWithoutValidation("connection-name", _settings.ConnectionName);
        request.Headers.TryAddWithoutValidation("requires-leader", _settings.Preference == NodePreference.Leader ? "true" : "false");
        if (deadline is { } timeout && timeout != Timeout.InfiniteTimeSpan)
            request.Headers.TryAddWithoutValidation(GrpcHeaders.Timeout, GrpcHeaders.EncodeTimeout(timeout));
        try
        {
            var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
            return await GrpcAnswers.OpenAsync(response, cancel);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new NodeLostException($"{Address} cannot be reached: {Reason(e)}", e);
        }
    }

    /// <summary>One message there, one back.</summary>
    public async Task<T> AskAsync<T>(string method, IMessage message, MessageParser<T> parser, TimeSpan? deadline, CancellationToken cancel)
        where T : class, IMessage<T>
    {
        await using var call = await CallAsync(method, new GrpcMessageContent(message), deadline, cancel);
        var answer = await call.ReadAsync(parser, cancel) ?? throw new GrpcFormatException("A call ended without its answer.");

        // The status comes after the answer, and may still say that it failed.
        return await call.ReadAsync(parser, cancel) is null ? answer : throw new GrpcFormatException("A call that has one answer gave two.");
    }

    public void Dispose() => _http.Dispose();

    private static string Reason(Exception e)
    {
        while (e.InnerException is { } inner) e = inner;
        return e.Message;
    }
}
