using Cqrs.Client.Connections;
using Cqrs.Client.Http;
using Cqrs.Client.Messaging;
using Cqrs.Client.Notifications;
using Cqrs.Client.Registration;

namespace Cqrs.Client;

/// <summary>A registered user's app: everything that he can do. All calls may be made from several threads.</summary>
public sealed class UserClient
{
    private readonly Transport _transport;
    private readonly TicketKeeper _tickets;

    internal UserClient(Transport transport, Credentials credentials)
    {
        ArgumentNullException.ThrowIfNull(credentials);
        (_transport, Credentials) = (transport, credentials);
        Connections = new(transport, credentials);
        _tickets = new(transport, credentials, Connections);
        Mailboxes = new(transport, _tickets, Connections);
        Videos = new(transport, _tickets);
        Notifications = new(transport, _tickets);
    }

    public Credentials Credentials { get; }

    /// <summary>Invites and the grid.</summary>
    public ConnectionsClient Connections { get; }

    /// <summary>What is new, and what was watched.</summary>
    public MailboxesClient Mailboxes { get; }

    /// <summary>Videos, up and down.</summary>
    public VideosClient Videos { get; }

    /// <summary>This phone's push token, and pushes to others.</summary>
    public NotificationsClient Notifications { get; }

    /// <summary>How far the server had come, as far as this phone was told: its queries see at least so much.</summary>
    public long Position => _transport.Position;

    /// <summary>Makes this phone see everything up to a position that it was told of by other means.</summary>
    public void SeeAtLeast(long position) => _transport.SeeAtLeast(position);

    /// <summary>Who am I?</summary>
    /// <exception cref="ApiException"><c>unauthorized</c>: the token is dead; register again.</exception>
    public async Task<Me> MeAsync(CancellationToken cancel = default)
    {
        var call = new ApiCall(HttpMethod.Get, "me") { Token = Credentials.AuthToken, MinPosition = Position };
        return (await _transport.SendAsync(call, cancel)).Read(ClientJson.Default.Me);
    }

    /// <summary>Leaves: everything personal about the user is erased. Cannot be undone.</summary>
    /// <exception cref="ApiException"><c>unauthorized</c>.</exception>
    public async Task ForgetMeAsync(CancellationToken cancel = default)
    {
        try
        {
            await _transport.SendAsync(new(HttpMethod.Delete, "me") { Token = Credentials.AuthToken }, cancel);
        }
        catch (ApiException e) when (e is { Code: "unauthorized", Tries: > 1 })
        {
            // A try whose answer was lost has done it: a forgotten user's token is dead.
        }
    }

    /// <summary>Logs out everywhere, here too: every auth token of the user is dead.</summary>
    /// <exception cref="ApiException"><c>unauthorized</c>.</exception>
    public Task RevokeTokensAsync(CancellationToken cancel = default) =>
        _transport.SendAsync(new(HttpMethod.Post, "me/tokens/revoke") { Token = Credentials.AuthToken }, cancel);

    /// <summary>
    /// The ticket in use, fetched anew when it is about to run out. The other parts fetch theirs by themselves; this is
    /// for apps that use the temporary AWS credentials in it.
    /// </summary>
    /// <exception cref="ApiException"><c>unauthorized</c>.</exception>
    /// <exception cref="UntrustedServerException">The ticket names other mailboxes than this phone computes.</exception>
    public Task<VendedTicket> TicketAsync(CancellationToken cancel = default) => _tickets.CurrentAsync(cancel);

    public override string ToString() => $"user {Credentials.User}";
}
