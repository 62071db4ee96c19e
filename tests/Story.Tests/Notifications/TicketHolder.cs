using System.Net.Http.Json;
using Cqrs.Domain.Mailboxes;
using Cqrs.Domain.Tokens;
using Microsoft.Extensions.DependencyInjection;

namespace Cqrs.Story.Tests.Notifications;

/// <summary>A phone as the notification server sees it: a ticket, and what it allows.</summary>
public sealed class TicketHolder(StoryServer server, UserKey userKey)
{
    private static int tokens;

    public UserKey UserKey { get; } = userKey;

    /// <summary>Somebody of whom nothing is known but his key.</summary>
    public static TicketHolder Of(StoryServer server) => new(server, new((UInt128)Random.Shared.NextInt64() + UInt128.MaxValue / 2));

    public static TicketHolder Of(StoryServer server, Phone phone) => new(server, phone.MailboxKey.UserKey);

    public static string NewToken() => $"token-{Interlocked.Increment(ref tokens)}:of a device".Replace(' ', '_');

    /// <summary>A ticket that lasts an hour, with these peers.</summary>
    public string Ticket(params TicketHolder[] peers) => Ticket(TimeSpan.FromHours(1), peers);

    public string Ticket(TimeSpan lasts, params TicketHolder[] peers)
    {
        var now = server.Clock.GetUtcNow();
        var grants = peers.Select(peer => new Grant(new(1), new(2), peer.UserKey));
        return Tickets.Sign(new(UserKey, new(3), now - TimeSpan.FromHours(1), now + lasts, [.. grants]), server.Services.GetRequiredService<TokenKeys>());
    }

    /// <summary>Tells the server of a device; answers the device's token.</summary>
    public async Task<string> HasDeviceAsync(string platform = "ios", string? token = null)
    {
        token ??= NewToken();
        (await SendAsync(HttpMethod.Put, $"/devices/{platform}", new { token })).ShouldBe(204).Body.ShouldBeEmpty();
        return token;
    }

    public Task<Answer> NotifyAsync(TicketHolder to, string kind = "new-video", object? data = null, string? key = null) =>
        SendAsync(HttpMethod.Post, "/notifications", new { to = to.UserKey.ToString(), kind, data }, Ticket(to), key);

    public Task<Answer> SendAsync(HttpMethod method, string path, object? body = null, string? ticket = null, string? key = null)
    {
        var request = new HttpRequestMessage(method, path) { Content = body switch { null => null, HttpContent content => content, _ => JsonContent.Create(body, body.GetType()) } };
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {ticket ?? Ticket()}");
        if (key is not null) request.Headers.Add("Idempotency-Key", key);
        return server.SendAsync(request);
    }
}

internal static class Pushes
{
    public static async Task<IReadOnlyList<OutboxEntry>> PushesToAsync(this StoryServer server, string token) =>
        [.. (await server.OutboxAsync()).Where(message => message.Channel == "push" && message.To == token)];

    /// <summary>Waits for so many pushes to a device; answers their kinds, oldest first.</summary>
    public static async Task<IReadOnlyList<OutboxEntry>> PushesToAsync(this StoryServer server, string token, int count) =>
        await Wait.UntilAsync(() => server.PushesToAsync(token), pushes => pushes.Count >= count);
}
