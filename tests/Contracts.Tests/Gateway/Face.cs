using Cqrs.Contracts.Tests.Log;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Sqlite;
using Cqrs.Gateway;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cqrs.Contracts.Tests.Gateway;

/// <summary>The gateway in this process, on a log of its own.</summary>
public sealed class Face : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly Func<IEventLog, IEventLog> _around;
    private readonly GatewayLimits _limits;
    private SqliteEventLog _log = null!;
    private GatewayServer _server = null!;

    public Face()
        : this(log => log, new())
    {
    }

    /// <param name="around">Wraps the log that the gateway serves.</param>
    internal Face(Func<IEventLog, IEventLog> around, GatewayLimits limits) => (_around, _limits) = (around, limits);

    public IEventLog Log => _log;

    public Uri Address { get; private set; } = null!;

    internal GrpcClient Client { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        _log = SqliteEventLog.Open(_folder.Path);
        _server = GatewayServer.Make(new() { Urls = ["http://127.0.0.1:0"] }, _around(_log), NullLoggerFactory.Instance, _limits);
        await _server.StartAsync();
        Address = new(_server.Addresses.Single());
        Client = new(Address);
    }

    public Task StopAsync() => _server.StopAsync();

    public async Task DisposeAsync()
    {
        Client.Dispose();
        await _server.DisposeAsync();
        await _log.DisposeAsync();
        _folder.Dispose();
    }
}
