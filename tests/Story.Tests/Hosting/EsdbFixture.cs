using Cqrs.Contracts.Tests.EventStoreDb;
using Cqrs.Contracts.Tests.Gateway;

namespace Cqrs.Story.Tests.Hosting;

/// <summary>
/// Servers whose log is an EventStoreDB: the one that <c>CQRS_TEST_ESDB</c> names by its connection string, on which each
/// server has streams of its own, else our own gateway, one for each server and in another process.
/// </summary>
public sealed class EsdbFixture : ServerFixture
{
    /// <summary>Run one after the other: several gateways and servers at once are too much for a small machine.</summary>
    public const string OneByOne = "EventStoreDB";

    private static readonly string? Real = Environment.GetEnvironmentVariable("CQRS_TEST_ESDB") is { Length: > 0 } given ? given : null;

    private readonly List<IDisposable> _made = [];

    public override async Task<StoryServer> StartAsync(params string[] options)
    {
        if (Real is not null)
        {
            var prefix = SharedServerLog.NewPrefix();
            return await StoryServer.StartAsync(folder: null, log => new SharedServerLog(log, prefix), [.. options, $"--EventStore={Real}"]);
        }

        var folder = new DataFolder();
        _made.Add(folder);
        var gateway = await GatewayProcess.StartAsync(folder.Path);
        _made.Add(gateway);
        return await StoryServer.StartAsync([.. options, $"--EventStore=esdb://{gateway.Address.Authority}?tls=false"]);
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        foreach (var made in Enumerable.Reverse(_made)) made.Dispose();
    }
}
