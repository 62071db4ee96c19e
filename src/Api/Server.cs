using System.Net;
using Cqrs.Api.Composition;
using Cqrs.Api.Configuration;
using Cqrs.Api.Description;
using Cqrs.Api.Endpoints;
using Cqrs.Api.Http;
using Cqrs.Api.Starting;
using Cqrs.Api.Web;
using Microsoft.AspNetCore.HttpOverrides;

namespace Cqrs.Api;

/// <summary>The process: its configuration, its parts and its routes.</summary>
public static class Server
{
    /// <param name="args">Options, as on the command line.</param>
    /// <param name="configure">Replaces or adds services when all are registered; tests give a clock of their own.</param>
    /// <exception cref="ConfigurationException">The configuration is wrong, or one of its files cannot be read.</exception>
    public static WebApplication Build(string[] args, Action<IServiceCollection>? configure = null) =>
        SettingsSources.Read(() => BuildServer(args, configure));

    private static WebApplication BuildServer(string[] args, Action<IServiceCollection>? configure)
    {
        // The configuration is read once. Watching its files would watch a folder that may hold data.
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions
        {
            Args = ["--hostBuilder:reloadConfigOnChange=false", .. args],
            ContentRootPath = AppContext.BaseDirectory,
        });
        builder.Configuration.Sources.Clear();
        builder.Configuration.AddSettings(builder.Environment.EnvironmentName, args);
        var settings = new SettingsReader(builder.Configuration, builder.Environment.IsProduction()).Read();

        builder.WebHost.UseKestrelHttpsConfiguration().UseUrls([.. settings.Urls]).ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;

            // RequestBody enforces the limit itself. Kestrel also counts the framing of chunks, and it closes the connection
            // of a client that exceeds its limit, so the client may not receive the answer.
            kestrel.Limits.MaxRequestBodySize = 32 * RequestBody.MaxLength;
        });
        builder.Services.AddQuietStart();
        builder.Services.AddSingleton(settings).AddSingleton(TimeProvider.System).AddSingleton<ErrorReplies>();
        builder.Services.AddEventStore(settings).AddLogWatch(settings).AddMessaging(settings).AddReadModels(settings).AddOutbox(settings);
        builder.Services.AddCommands(settings);
        if (settings.Plays(Role.Commands)) builder.Services.AddProcessManagers();
        if (settings.Plays(Role.Projections)) builder.Services.AddProjections(settings);
        if (settings.Plays(Role.Notifications)) builder.Services.AddNotifications(settings);
        if (settings.Plays(Role.Messaging)) builder.Services.AddHousekeeping();
        if (settings.Plays(Role.Relay)) builder.Services.AddRelay();
        if (settings.Plays(Role.Web)) builder.Services.AddWeb(settings.App).AddSingleton<IInviteLinks, InviteLinks>();
        if (settings.Plays(Role.Gateway) && settings.Gateway.IsOn) builder.Services.AddHostedService<GatewayService>();
        builder.Services.AddHostedService<FollowerService>().AddHostedService<Banner>();
        builder.Services.AddApiDescription();
        configure?.Invoke(builder.Services);

        var app = builder.Build();
        TrustProxies(app, settings);
        app.UseMiddleware<FallbackProblems>();
        app.MapHealth();
        app.MapApiDescription();
        app.MapOutbox();
        if (settings.Plays(Role.Commands))
        {
            app.MapRegistration();
            app.MapMeCommands();
            app.MapConnectionCommands();
        }

        if (settings.Plays(Role.Queries))
        {
            app.MapMeQueries();
            app.MapConnectionQueries();
            app.MapVending();
        }

        if (settings.Plays(Role.Messaging))
        {
            app.MapMailboxes();
            app.MapVideos();
            app.MapBlobs();
        }

        if (settings.Plays(Role.Notifications))
        {
            app.MapDevices();
            app.MapNotifications();
        }

        if (settings.Plays(Role.Web)) app.MapWeb();
        return app;
    }

    private static void TrustProxies(WebApplication app, Settings settings)
    {
        if (settings.Proxies.Count == 0) return;

        // The addresses are read from the right as long as a trusted proxy wrote them; what stands left of that a client may
        // have invented. The framework trusts loopback addresses by itself, and here only the listed ones are trusted.
        var options = new ForwardedHeadersOptions
        {
            ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto,
            ForwardLimit = null,
        };
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var proxy in settings.Proxies)
        {
            if (IPAddress.TryParse(proxy, out var address)) options.KnownProxies.Add(address);
            else options.KnownIPNetworks.Add(System.Net.IPNetwork.Parse(proxy));
        }

        app.UseForwardedHeaders(options);
    }
}
