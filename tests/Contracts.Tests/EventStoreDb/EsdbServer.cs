using Cqrs.Contracts.Tests.Gateway;
using Cqrs.Contracts.Tests.Log;
using Cqrs.EventStore.EventStoreDb;
using Cqrs.EventStore.EventStoreDb.Connecting;

namespace Cqrs.Contracts.Tests.EventStoreDb;

/// <summary>
/// The server that the adapter's contract runs against: the one that <c>CQRS_TEST_ESDB</c> names by its connection
/// string, a real EventStoreDB or KurrentDB; without it our own gateway, in another process.
/// </summary>
public sealed class EsdbServer : IAsyncLifetime
{
    public static readonly string? Real = Environment.GetEnvironmentVariable("CQRS_TEST_ESDB") is { Length: > 0 } given ? given : null;

    private readonly TemporaryFolder _folder = new();
    private GatewayProcess? _gateway;

    public EsdbSettings Settings { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        if (Real is null) _gateway = await GatewayProcess.StartAsync(Directory.CreateDirectory(_folder.Path).FullName);
        Settings = ConnectionString.Parse(Real ?? $"esdb://{_gateway!.Address.Authority}?tls=false");
    }

    public EsdbEventLog Connect(bool batches = true) => new(Settings, new() { Batches = batches });

    public Task DisposeAsync()
    {
        _gateway?.Dispose();
        _folder.Dispose();
        return Task.CompletedTask;
    }
}

/// <summary>Run one after the other: some tests ask where the log of the gateway ends, and all of them share it.</summary>
[CollectionDefinition(Name)]
public sealed class EsdbServerTests : ICollectionFixture<EsdbServer>
{
    public const string Name = "One server of EventStoreDB's protocol";
}
