using Cqrs.Api.Configuration;
using Cqrs.Api.Starting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Cqrs.Api.Composition;

/// <summary>
/// When the server has started: logs where it listens, where its data are and which settings do not exist, and gives
/// invite links the address that it listens on.
/// </summary>
internal sealed partial class Banner(
    IServer server, Settings settings, QuietStart quiet, IHostApplicationLifetime lifetime, IHostEnvironment environment, ILogger<Banner> logger)
    : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        lifetime.ApplicationStarted.Register(() =>
        {
            quiet.Started();
            IReadOnlyList<string> addresses = [.. server.Features.Get<IServerAddressesFeature>()?.Addresses ?? []];

            // Only now are ports known that the system chose (port 0).
            if (!environment.IsProduction()) settings.App.ListensOn(addresses);
            Listening(string.Join(", ", addresses), environment.EnvironmentName, settings.Data);
            foreach (var warning in settings.Warnings) Look(warning);
        });
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(Level = LogLevel.Information, Message = "Listening on {Addresses} ({Environment}). Data in {Data}. Stop with Ctrl-C.")]
    private partial void Listening(string addresses, string environment, string data);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Warning}")]
    private partial void Look(string warning);
}
