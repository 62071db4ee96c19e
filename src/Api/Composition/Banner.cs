using Cqrs.Api.Configuration;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Cqrs.Api.Composition;

/// <summary>Says, once the server listens, where it is and where its data lies.</summary>
internal sealed partial class Banner(IServer server, Settings settings, IHostApplicationLifetime lifetime, IHostEnvironment environment, ILogger<Banner> logger) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        lifetime.ApplicationStarted.Register(() =>
        {
            var addresses = server.Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
            Listening(string.Join(", ", addresses), environment.EnvironmentName, settings.Data);
        });
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(Level = LogLevel.Information, Message = "Listening on {Addresses} ({Environment}). Data in {Data}. Stop with Ctrl-C.")]
    private partial void Listening(string addresses, string environment, string data);
}
