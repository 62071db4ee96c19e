using Cqrs.Api.Configuration;
using Cqrs.EventStore.Log;
using Cqrs.Gateway;
using Cqrs.Gateway.Listening;

namespace Cqrs.Api.Composition;

/// <summary>Serves the log over EventStoreDB's protocol, on addresses of its own, for as long as the process lives.</summary>
internal sealed partial class GatewayService(Settings settings, IEventLog log, ILoggerFactory loggers, ILogger<GatewayService> logger) : IHostedService, IAsyncDisposable
{
    private readonly GatewayServer _gateway = GatewayServer.Make(settings.Gateway, log, loggers);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _gateway.StartAsync(cancellationToken);
        }
        catch (ListenException e)
        {
            throw new ConfigurationException(e.Faults);
        }

        Listening(string.Join(", ", _gateway.Addresses));
    }

    public Task StopAsync(CancellationToken cancellationToken) => _gateway.StopAsync(cancellationToken);

    public ValueTask DisposeAsync() => _gateway.DisposeAsync();

    [LoggerMessage(Level = LogLevel.Information, Message = "The log speaks EventStoreDB's protocol on {Addresses}.")]
    private partial void Listening(string addresses);
}
