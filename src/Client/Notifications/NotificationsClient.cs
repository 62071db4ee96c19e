using Cqrs.Client.Http;
using Cqrs.Client.Messaging;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Mailboxes;

namespace Cqrs.Client.Notifications;

/// <summary>Whose push service a phone uses.</summary>
public enum Platform
{
    Ios,
    Android,
}

/// <summary>What phones may tell each other by push; all else is told by the server.</summary>
public static class NotificationKinds
{
    /// <summary>A video was announced.</summary>
    public const string NewVideo = "new-video";

    /// <summary>A video was downloaded or viewed.</summary>
    public const string VideoStatus = "video-status";
}

/// <summary>Pushes: to this phone, and to those of the other sides.</summary>
public sealed class NotificationsClient
{
    private readonly Transport _transport;
    private readonly TicketKeeper _tickets;

    internal NotificationsClient(Transport transport, TicketKeeper tickets) => (_transport, _tickets) = (transport, tickets);

    /// <summary>Tells where this phone is reached. Repeat it whenever the push service gives another token.</summary>
    /// <param name="token">As the push service gave it.</param>
    /// <exception cref="ApiException"><c>invalid-request</c>, <c>unauthorized</c>.</exception>
    public Task SetDeviceAsync(Platform platform, string token, CancellationToken cancel = default) =>
        _tickets.UseAsync(
            ticket => _transport.SendAsync(
                new ApiCall(HttpMethod.Put, PathOf(platform)) { Token = ticket.Reveal() }.With(new(token), ClientJson.Default.DeviceRequest), cancel),
            cancel);

    /// <summary>No more pushes to this phone.</summary>
    /// <exception cref="ApiException"><c>unauthorized</c>.</exception>
    public Task ForgetDeviceAsync(Platform platform, CancellationToken cancel = default) =>
        _tickets.UseAsync(
            ticket => _transport.SendAsync(new ApiCall(HttpMethod.Delete, PathOf(platform)) { Token = ticket.Reveal() }, cancel), cancel);

    /// <summary>Sends a push to the other side of a connection, wherever he is reached.</summary>
    /// <param name="kind">One of <see cref="NotificationKinds"/>.</param>
    /// <param name="data">For his app; not shown, and nothing secret: push services read it.</param>
    /// <exception cref="ApiException"><c>not-yours</c>: not connected; <c>invalid-request</c>.</exception>
    public Task NotifyAsync(
        ConnectionId connection, string kind, IReadOnlyDictionary<string, string>? data = null, CancellationToken cancel = default) =>
        _tickets.UseAsync(
            connection,
            (ticket, channel) => _transport.SendAsync(
                new ApiCall(HttpMethod.Post, "notifications") { Token = ticket.Reveal() }
                    .With(new(channel.Peer, kind, data), ClientJson.Default.NotificationRequest),
                cancel),
            cancel);

    private static string PathOf(Platform platform) => platform is Platform.Ios ? "devices/ios" : "devices/android";
}

internal sealed record DeviceRequest(string Token);

internal sealed record NotificationRequest(UserKey To, string Kind, IReadOnlyDictionary<string, string>? Data);
