using Cqrs.EventStore.Log;
using Cqrs.Gateway.Calls;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Cqrs.Gateway;

/// <summary>
/// The log, served over the public gRPC protocol of EventStoreDB (KurrentDB), for the official clients of any language.
/// A server of its own: it shares neither addresses nor routes with the one that apps talk to.
/// </summary>
public sealed class GatewayServer : IAsyncDisposable
{
    private readonly WebApplication _application;

    private GatewayServer(WebApplication application) => _application = application;

    /// <summary>Where it listens, once started.</summary>
    public IReadOnlyCollection<string> Addresses => [.. _application.Urls];

    /// <summary>Makes the server; <see cref="StartAsync"/> has it listen.</summary>
    /// <param name="log">Stays the caller's.</param>
    public static GatewayServer Make(GatewaySettings settings, IEventLog log, ILoggerFactory loggers) =>
        Make(settings, log, loggers, new());

    /// <exception cref="IOException">An address cannot be used.</exception>
    public Task StartAsync(CancellationToken cancel = default) => _application.StartAsync(cancel);

    /// <summary>Ends calls with UNAVAILABLE and stops listening.</summary>
    public Task StopAsync(CancellationToken cancel = default) => _application.StopAsync(cancel);

    public ValueTask DisposeAsync() => _application.DisposeAsync();

    internal static GatewayServer Make(GatewaySettings settings, IEventLog log, ILoggerFactory loggers, GatewayLimits limits)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.Services.Replace(ServiceDescriptor.Singleton(loggers));
        builder.Services.Replace(ServiceDescriptor.Singleton<IHostLifetime, LedByItsOwner>());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().UseUrls([.. settings.Urls]);
        builder.WebHost.ConfigureKestrel(kestrel => Configure(kestrel, settings, limits));
        var application = builder.Build();
        var logger = loggers.CreateLogger<GatewayServer>();
        var calls = new CallHandler(
            CallTable.Of(log, limits, TimeProvider.System, logger), new(settings.Credentials), application.Lifetime.ApplicationStopping, limits, logger);
        application.Run(calls.HandleAsync);
        return new(application);
    }

    private static void Configure(KestrelServerOptions kestrel, GatewaySettings settings, GatewayLimits limits)
    {
        kestrel.AddServerHeader = false;
        kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = HttpProtocols.Http2);
        kestrel.ConfigureHttpsDefaults(https => https.ServerCertificate = settings.Certificate);

        // A call may be open for days and silent meanwhile, in either direction. Whether there still is somebody at the
        // other end is asked with pings.
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Limits.MinResponseDataRate = null;
        kestrel.Limits.Http2.KeepAlivePingDelay = limits.KeepAlive;
        kestrel.Limits.Http2.KeepAlivePingTimeout = limits.KeepAlive;
        kestrel.Limits.Http2.MaxStreamsPerConnection = 1_000;
    }

    /// <summary>Whoever made the server starts and stops it; signals are not its concern.</summary>
    private sealed class LedByItsOwner : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
