using System.Net.Sockets;
using Cqrs.EventStore.Log;
using Cqrs.Gateway.Calls;
using Cqrs.Gateway.Cluster;
using Cqrs.Gateway.Listening;
using Grpc.AspNetCore.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Cqrs.Gateway;

/// <summary>
/// Serves the log over the public gRPC protocol of EventStoreDB (KurrentDB), for its official clients of any language. It
/// shares neither addresses nor routes with the server that apps call.
/// </summary>
public sealed class GatewayServer : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly IReadOnlyList<string> _urls;

    private GatewayServer(WebApplication application, IReadOnlyList<string> urls) => (_application, _urls) = (application, urls);

    /// <summary>The addresses that the server listens on, once it is started.</summary>
    public IReadOnlyCollection<string> Addresses => [.. _application.Urls];

    /// <summary>Makes the server; <see cref="StartAsync"/> begins to listen.</summary>
    /// <param name="log">The caller disposes it, after the server.</param>
    public static GatewayServer Make(GatewaySettings settings, IEventLog log, ILoggerFactory loggers) =>
        Make(settings, log, loggers, new());

    /// <summary>Listens, on the addresses that names of this machine resolve to.</summary>
    /// <exception cref="ListenException">An address cannot be listened on.</exception>
    public async Task StartAsync(CancellationToken cancel = default)
    {
        const string setting = GatewaySettingsReader.UrlsSetting;
        var urls = await ListenAddresses.ResolveAsync(setting, _urls, GatewaySettingsReader.ExampleUrl, cancel);
        ListenAddresses.Probe(setting, urls, GatewaySettingsReader.ExampleUrl);
        foreach (var url in urls) _application.Urls.Add(url);
        try
        {
            await _application.StartAsync(cancel);
        }
        catch (Exception e) when (e is SocketException or InvalidOperationException or IOException)
        {
            throw new ListenException([$"{setting} is '{string.Join(';', urls)}', where the gateway cannot listen: {e.Message} For example {setting}={GatewaySettingsReader.ExampleUrl}."], e);
        }
    }

    /// <summary>Ends calls with UNAVAILABLE and stops listening.</summary>
    public Task StopAsync(CancellationToken cancel = default) => _application.StopAsync(cancel);

    public ValueTask DisposeAsync() => _application.DisposeAsync();

    internal static GatewayServer Make(GatewaySettings settings, IEventLog log, ILoggerFactory loggers, GatewayLimits limits)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.Services.Replace(ServiceDescriptor.Singleton<ILoggerFactory>(new LibraryLoggers(loggers)));
        builder.Services.Replace(ServiceDescriptor.Singleton<IHostLifetime, OwnerLifetime>());
        AddCalls(builder.Services, settings, log, limits);
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => Configure(kestrel, settings, limits));
        var application = builder.Build();
        application.Use((context, next) => application.Services.GetRequiredService<CallGate>().InvokeAsync(context, next));
        application.MapGrpcService<StreamsService>();
        application.MapGrpcService<GossipService>();
        application.MapGrpcService<ServerFeaturesService>();
        application.MapFallback("{**path}", GrpcResponse.NotOffered);
        return new(application, settings.Urls);
    }

    private static void AddCalls(IServiceCollection services, GatewaySettings settings, IEventLog log, GatewayLimits limits)
    {
        services.AddSingleton(log).AddSingleton(limits).AddSingleton(TimeProvider.System).AddSingleton(new Callers(settings.Credentials));
        services.AddSingleton<CallGate>().AddSingleton<CallInterceptor>();
        services.AddSingleton<StreamsService>().AddSingleton<GossipService>().AddSingleton<ServerFeaturesService>();
        services.AddGrpc(options =>
        {
            options.Interceptors.Add<CallInterceptor>();
            options.MaxReceiveMessageSize = GatewayLimits.QuestionLength;

            // The fallback route answers for them.
            options.IgnoreUnknownServices = true;
        }).AddServiceOptions<StreamsService>(options => options.MaxReceiveMessageSize = GatewayLimits.AppendLength);

        // Compressed messages are refused: a small one may expand to any size. The library adds its providers to an empty
        // list when options are configured, so they are removed afterwards.
        services.PostConfigure<GrpcServiceOptions>(options => options.CompressionProviders.Clear());
    }

    private static void Configure(KestrelServerOptions kestrel, GatewaySettings settings, GatewayLimits limits)
    {
        kestrel.AddServerHeader = false;
        kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = HttpProtocols.Http2);
        kestrel.ConfigureHttpsDefaults(https => (https.ServerCertificate, https.ServerCertificateChain) = (settings.Certificate, settings.CertificateChain));

        // A call may be open for days and silent meanwhile, in either direction. Pings find out whether the client is alive.
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Limits.MinResponseDataRate = null;
        kestrel.Limits.Http2.KeepAlivePingDelay = limits.KeepAlive;
        kestrel.Limits.Http2.KeepAlivePingTimeout = limits.KeepAlive;
        kestrel.Limits.Http2.MaxStreamsPerConnection = 1_000;
    }

    /// <summary>The owner of the server starts and stops it; signals of the process do not.</summary>
    private sealed class OwnerLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
