namespace Cqrs.Story.Tests.Hosting;

/// <summary>One server for all tests of a class.</summary>
public sealed class ServerFixture : IAsyncLifetime
{
    public StoryServer Server { get; private set; } = null!;

    public async Task InitializeAsync() => Server = await StoryServer.StartAsync();

    public async Task DisposeAsync() => await Server.DisposeAsync();
}
