using System.Net;
using System.Text;
using Cqrs.EventStore.EventStoreDb.Connecting;
using Cqrs.EventStore.EventStoreDb.Protocol;
using Grpc.Core;
using Grpc.Net.Client;
using Timeout = System.Threading.Timeout;

namespace Cqrs.EventStore.EventStoreDb.Wire;

/// <summary>
/// The gRPC channel to one server, and calls over it. Failures are sorted by <see cref="CallFailures"/>. HTTP/2 pings
/// make sure that a server which no longer answers counts as lost.
/// </summary>
internal sealed class GrpcNode : IDisposable
{
    /// <summary>The longest answer that is accepted, in bytes: an event of the largest size and its envelope.</summary>
    public const int MaxMessage = 32 * 1024 * 1024;

    /// <summary>Neither .NET's HTTP client nor servers take shorter times for pings.</summary>
    private static readonly TimeSpan ShortestPing = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);

    private readonly GrpcChannel _channel;
    private readonly Metadata _headers;

    public GrpcNode(NodeAddress address, EsdbSettings settings)
    {
        Address = address;
        _headers = HeadersOf(settings);
        var transport = new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            ConnectTimeout = ConnectTimeout,
            EnableMultipleHttp2Connections = true,
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
            InitialHttp2StreamWindowSize = 2 * 1024 * 1024,
            KeepAlivePingDelay = PingTime(settings.KeepAliveInterval),
            KeepAlivePingTimeout = PingTime(settings.KeepAliveTimeout),
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            SslOptions = NodeCertificates.Options(settings),
        };

        // A client of our own: with a bare handler the channel would open and probe sockets by itself, with waits of up
        // to two minutes between its attempts. Retries are this adapter's (Attempts).
        _channel = GrpcChannel.ForAddress($"{(settings.Tls ? "https" : "http")}://{address}/", new()
        {
            HttpClient = new(new GrpcAnswersOnly(transport)) { Timeout = Timeout.InfiniteTimeSpan },
            DisposeHttpClient = true,
            HttpVersion = HttpVersion.Version20,
            HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact,
            MaxReceiveMessageSize = MaxMessage,
        });
        Streams = new(_channel);
    }

    public NodeAddress Address { get; }

    public Streams.StreamsClient Streams { get; }

    /// <param name="deadline">Sent to the server, too; infinite: none.</param>
    public CallOptions Options(TimeSpan deadline, CancellationToken cancel) => new(
        _headers,
        deadline == Timeout.InfiniteTimeSpan ? null : (TimeProvider.System.GetUtcNow() + (deadline > TimeSpan.Zero ? deadline : TimeSpan.Zero)).UtcDateTime,
        cancel);

    /// <summary>Reads or subscribes. The call begins at once; its failures come with its answers.</summary>
    public ServerAnswers<ReadResp> Read(ReadReq request, TimeSpan deadline, CancellationToken cancel)
    {
        var call = Streams.Read(request, Options(deadline, cancel));
        return new(call.ResponseStream, call, Address, cancel);
    }

    /// <summary>The members of the cluster, as this node knows them.</summary>
    public async Task<ClusterInfo> GossipAsync(TimeSpan deadline, CancellationToken cancel)
    {
        using var call = new Gossip.GossipClient(_channel).ReadAsync(new(), Options(deadline, cancel));
        return await AnswerAsync(call.ResponseAsync, cancel);
    }

    /// <summary>The methods that this node supports.</summary>
    public async Task<SupportedMethods> FeaturesAsync(TimeSpan deadline, CancellationToken cancel)
    {
        using var call = new ServerFeatures.ServerFeaturesClient(_channel).GetSupportedMethodsAsync(new(), Options(deadline, cancel));
        return await AnswerAsync(call.ResponseAsync, cancel);
    }

    /// <summary>The answer of a call that has one.</summary>
    public async Task<T> AnswerAsync<T>(Task<T> answer, CancellationToken cancel)
    {
        try
        {
            return await answer;
        }
        catch (RpcException e)
        {
            throw CallFailures.Sort(e, Address, cancel);
        }
    }

    public void Dispose() => _channel.Dispose();

    private static Metadata HeadersOf(EsdbSettings settings)
    {
        var headers = new Metadata
        {
            { "connection-name", settings.ConnectionName },
            { "requires-leader", settings.Preference == NodePreference.Leader ? "true" : "false" },
        };
        if (settings.Credentials is { } c)
            headers.Add("authorization", "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{c.User}:{c.Password}")));
        return headers;
    }

    private static TimeSpan PingTime(TimeSpan asked) => asked == Timeout.InfiniteTimeSpan || asked > ShortestPing ? asked : ShortestPing;

    /// <summary>Refuses what is no answer of gRPC, such as a web page: the library would report it like a call that was cut off.</summary>
    private sealed class GrpcAnswersOnly(HttpMessageHandler transport) : DelegatingHandler(transport)
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = await base.SendAsync(request, cancellationToken);
            if (response.StatusCode != HttpStatusCode.OK
                || response.Content.Headers.ContentType?.MediaType?.StartsWith("application/grpc", StringComparison.Ordinal) == true)
                return response;
            response.Dispose();
            throw new GrpcFormatException("The answer is not application/grpc: this is no EventStoreDB.");
        }
    }
}
