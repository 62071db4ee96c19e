namespace Cqrs.Story.Tests.Hosting;

/// <summary>One server for all tests of a class.</summary>
public class ServerFixture : IAsyncLifetime
{
    public StoryServer Server { get; private set; } = null!;

    public virtual async Task InitializeAsync() => Server = await StartAsync();

    /// <summary>Another server like it, with a log and data of its own.</summary>
    public virtual Task<StoryServer> StartAsync(params string[] options) => StoryServer.StartAsync(options);

    public virtual async Task DisposeAsync() => await Server.DisposeAsync();
}
