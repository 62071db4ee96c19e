using Cqrs.Client;

namespace Cqrs.Story.Tests.Client;

/// <summary>Phones that use the client, at the real server.</summary>
internal static class App
{
    public static AppClient Of(StoryServer server) => new(server.Client);

    /// <summary>Registers with a number that nobody else has; the code is read where a developer reads it.</summary>
    public static Task<UserClient> RegisteredAsync(StoryServer server, string first, string last) =>
        RegisteredAsync(server, first, last, Phone.NewNumber());

    public static async Task<UserClient> RegisteredAsync(StoryServer server, string first, string last, string number)
    {
        var app = Of(server);
        var before = (await server.SmsToAsync(number)).Count;
        var pending = await app.RegisterAsync(first, last, number);
        return await app.VerifyAsync(pending.RegistrationId, await server.CodeAsync(number, before));
    }

    /// <summary>Ada and Bob, connected.</summary>
    public static async Task<(UserClient Ada, UserClient Bob, Domain.Identity.ConnectionId Connection)> PairAsync(StoryServer server)
    {
        var (ada, bob) = (await RegisteredAsync(server, "Ada", "Lovelace"), await RegisteredAsync(server, "Bob", "Babbage"));
        var invite = await ada.Connections.InviteAsync("Bobby", "", (await bob.MeAsync()).Phone);
        await bob.Connections.AcceptAsync(invite.ConnectionId);
        ada.SeeAtLeast(bob.Position);
        return (ada, bob, invite.ConnectionId);
    }
}
