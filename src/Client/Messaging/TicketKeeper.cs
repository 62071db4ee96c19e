using Cqrs.Client.Connections;
using Cqrs.Client.Http;
using Cqrs.Client.Registration;
using Cqrs.Domain.Identity;

namespace Cqrs.Client.Messaging;

/// <summary>
/// Keeps a ticket that works: fetched when first needed; exchanged before it expires, after a call of this client that
/// may have changed what it grants, and when the server refuses it.
/// </summary>
internal sealed class TicketKeeper(Transport transport, Credentials credentials, ConnectionsClient connections)
{
    public const string NotYours = "not-yours";

    private readonly GrantCheck _check = new(credentials.MailboxKey);
    private readonly SemaphoreSlim _oneAtATime = new(1);
    private readonly TimeProvider _clock = transport.Options.Clock;
    private volatile VendedTicket? _current;

    /// <summary>A ticket that does not expire soon and that grants the connections which this client knows.</summary>
    public async Task<VendedTicket> CurrentAsync(CancellationToken cancel) =>
        _current is { } ticket && _clock.GetTimestamp() < ticket.FreshUntil
            && ticket.Changes == connections.Changes && !ticket.IsOlderThan(connections.Newest)
            ? ticket
            : await ExchangeAsync(_current, cancel);

    /// <summary>Makes a call with a ticket; once more with a fresh one if that is what was wrong.</summary>
    public async Task<T> UseAsync<T>(Func<VendedTicket, Task<T>> call, CancellationToken cancel)
    {
        var ticket = await CurrentAsync(cancel);
        try
        {
            return await call(ticket);
        }
        catch (ApiException e) when (e.Code is "ticket-expired" or NotYours or "unauthorized")
        {
            // The ticket expired, is older than a connection, or was signed with a key that the server no longer accepts.
            return await call(await ExchangeAsync(ticket, cancel));
        }
    }

    /// <inheritdoc cref="UseAsync{T}(Func{VendedTicket, Task{T}}, CancellationToken)"/>
    public Task<T> UseAsync<T>(ConnectionId connection, Func<VendedTicket, Channel, Task<T>> call, CancellationToken cancel) =>
        UseAsync(ticket => call(ticket, ticket.ChannelOf(connection)), cancel);

    private async Task<VendedTicket> ExchangeAsync(VendedTicket? spent, CancellationToken cancel)
    {
        await _oneAtATime.WaitAsync(cancel);
        try
        {
            // A caller that waited here uses the ticket that the first one fetched.
            return _current is { } fresh && fresh != spent && fresh.Changes == connections.Changes ? fresh : _current = await VendAsync(cancel);
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    private async Task<VendedTicket> VendAsync(CancellationToken cancel)
    {
        // Read before the call: a change that ends while the ticket is vended may or may not be in it.
        var changes = connections.Changes;
        var call = new ApiCall(HttpMethod.Post, "vending") { Token = credentials.AuthToken, MinPosition = transport.Position };
        var asked = _clock.GetTimestamp();
        var answer = await transport.SendAsync(call, cancel);
        var vended = answer.Read(ClientJson.Default.VendingAnswer);
        var list = connections.Newest;
        if (list is null || !vended.Grants.All(grant => list.Connections.Any(entry => entry.ConnectionId == grant.ConnectionId && entry.Peer is not null)))
            list = await connections.FetchAsync(cancel);
        var channels = _check.Check(vended.Grants, list);

        // Both times are the server's, so a wrong clock of the phone does not matter.
        var lifetime = vended.ExpiresAt - (answer.Date ?? _clock.GetUtcNow()) - transport.Options.TicketMargin;
        var ticks = (long)(lifetime.TotalSeconds * _clock.TimestampFrequency);
        return new(vended.Ticket, vended.ExpiresAt, asked + ticks, list.Version, changes, channels, vended.Aws);
    }
}
