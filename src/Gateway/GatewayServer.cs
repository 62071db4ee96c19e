using System.Net.Sockets;
using Cqrs.EventStore.Log;
using Cqrs.Gateway.Calls;
using Cqrs.Gateway.Listening;
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
    private readonly IReadOnlyList<string> _urls;

    private GatewayServer(WebApplication application, IReadOnlyList<string> urls) => (_application, _urls) = (application, urls);

    /// <summary>Where it listens, once started.</summary>
    public IReadOnlyCollection<string> Addresses => [.. _application.Urls];

    /// <summary>Makes the server; <see cref="StartAsync"/> has it listen.</summary>
    /// <param name="log">Stays the caller's.</param>
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
        builder.Services.Replace(ServiceDescriptor.Singleton(loggers));
        builder.Services.Replace(ServiceDescriptor.Singleton<IHostLifetime, LedByItsOwner>());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => Configure(kestrel, settings, limits));
        var application = builder.Build();
        var logger = loggers.CreateLogger<GatewayServer>();
        var calls = new CallHandler(
            CallTable.Of(log, limits, TimeProvider.System, logger), new(settings.Credentials), application.Lifetime.ApplicationStopping, limits, logger);
        application.Run(calls.HandleAsync);
        return new(application, settings.Urls);
    }

    private static void Configure(KestrelServerOptions kestrel, GatewaySettings settings, GatewayLimits limits)
    {
        kestrel.AddServerHeader = false;
        kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = HttpProtocols.Http2);
        kestrel.ConfigureHttpsDefaults(https => (https.ServerCertificate, https.ServerCertificateChain) = (settings.Certificate, settings.CertificateChain));

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
