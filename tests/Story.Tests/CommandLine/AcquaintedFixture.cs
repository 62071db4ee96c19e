using Cqrs.Story.Tests.Notifications;

namespace Cqrs.Story.Tests.CommandLine;

/// <summary>A server with some history, still running: Ada and Bob are connected, Eve was forgotten.</summary>
public sealed class AcquaintedFixture : IAsyncLifetime
{
    public StoryServer Server { get; private set; } = null!;

    public Phone Ada { get; private set; } = null!;

    public Phone Bob { get; private set; } = null!;

    public Guid Eve { get; private set; }

    public Guid Connection { get; private set; }

    /// <summary>Position of the last event of that history.</summary>
    public long Head { get; private set; }

    public async Task InitializeAsync()
    {
        Server = await StoryServer.StartAsync();
        Ada = await Phone.RegisteredAsync(Server, "Ada", "Lovelace");
        Bob = await Phone.RegisteredAsync(Server, "Bob", "Babbage");
        await TicketHolder.Of(Server, Bob).HasDeviceAsync();
        Connection = await Ada.InvitesAsync(Bob);
        await Bob.StepsAsync("see", Connection);
        await Bob.StepsAsync("accept", Connection);
        var eve = await Phone.RegisteredAsync(Server, "Eve", "Byron");
        Eve = eve.UserId;
        (await eve.DeleteAsync("/me")).ShouldBe(204);
        Head = (await Server.RecordedAsync()).Count;
    }

    public async Task DisposeAsync() => await Server.DisposeAsync();
}
