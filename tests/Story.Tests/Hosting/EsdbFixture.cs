using Cqrs.Contracts.Tests.Gateway;

namespace Cqrs.Story.Tests.Hosting;

/// <summary>
/// Servers whose log is an EventStoreDB: the one that <c>CQRS_TEST_ESDB</c> names by its connection string, else our own
/// face, one for each server and in another process.
/// </summary>
public sealed class EsdbFixture : ServerFixture
{
    /// <summary>Some tests ask where the log ends, and the one that is named has one log.</summary>
    public const string OneByOne = "EventStoreDB";

    private static readonly string? Real = Environment.GetEnvironmentVariable("CQRS_TEST_ESDB") is { Length: > 0 } given ? given : null;

    // The log that is named is shared by all, and so must be the keys of the people in it.
    private static readonly Lazy<DataFolder> Shared = new(() => new());

    private readonly List<IDisposable> _made = [];

    public override async Task<StoryServer> StartAsync(params string[] options)
    {
        if (Real is not null) return await StoryServer.StartAsync(Shared.Value, [.. options, $"--EventStore={Real}"]);
        var folder = new DataFolder();
        _made.Add(folder);
        var face = await GatewayProcess.StartAsync(folder.Path);
        _made.Add(face);
        return await StoryServer.StartAsync([.. options, $"--EventStore=esdb://{face.Address.Authority}?tls=false"]);
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        foreach (var made in Enumerable.Reverse(_made)) made.Dispose();
    }
}
