using Cqrs.Client.Connections;
using Cqrs.Client.Http;
using Cqrs.Domain.Identity;

namespace Cqrs.Client.Messaging;

/// <summary>The mailboxes: small, cheap to poll, and what counts. A push only says that polling now is worth it.</summary>
public sealed class MailboxesClient
{
    private readonly Transport _transport;
    private readonly TicketKeeper _tickets;
    private readonly ConnectionsClient _connections;
    private volatile Known? _known;

    internal MailboxesClient(Transport transport, TicketKeeper tickets, ConnectionsClient connections) =>
        (_transport, _tickets, _connections) = (transport, tickets, connections);

    /// <summary>Looks into all incoming mailboxes at once. When nothing has changed, nothing but a header is sent.</summary>
    /// <exception cref="ApiException"><c>unauthorized</c>.</exception>
    /// <exception cref="UntrustedServerException">The ticket names other mailboxes than this phone computes.</exception>
    public Task<Poll> PollAsync(CancellationToken cancel = default) => _tickets.UseAsync(ticket => PollAsync(ticket, cancel), cancel);

    /// <summary>Tells the other side of a video, once it is uploaded.</summary>
    /// <param name="video">Unix ms.</param>
    /// <exception cref="ApiException"><c>older-video</c>: a newer one was told already; <c>not-yours</c>: not connected.</exception>
    public Task AnnounceAsync(ConnectionId connection, long video, CancellationToken cancel = default) =>
        WriteAsync(connection, new(Video: video), cancel);

    /// <summary>Tells the other side what became of a video that he sent.</summary>
    /// <param name="video">Unix ms.</param>
    /// <exception cref="ApiException"><c>not-yours</c>: not connected.</exception>
    public Task ReportAsync(ConnectionId connection, long video, VideoStatus status, CancellationToken cancel = default) =>
        WriteAsync(connection, new(Seen: new(video, status)), cancel);

    private Task WriteAsync(ConnectionId connection, MailboxWrite write, CancellationToken cancel) =>
        _tickets.UseAsync(
            connection,
            (ticket, channel) => _transport.SendAsync(
                new ApiCall(HttpMethod.Put, $"mailboxes/{channel.Out}") { Token = ticket.Reveal() }.With(write, ClientJson.Default.MailboxWrite), cancel),
            cancel);

    private async Task<Poll> PollAsync(VendedTicket ticket, CancellationToken cancel)
    {
        // What was answered to another ticket may have been about other mailboxes.
        var known = _known is { } last && last.Ticket == ticket ? last : null;
        var answer = await _transport.SendAsync(new(HttpMethod.Get, "mailboxes") { Token = ticket.Reveal(), Known = known?.ETag }, cancel);
        if (!answer.IsNotModified || known is null)
            _known = known = new(ticket, answer.ETag, answer.Read(ClientJson.Default.PollAnswer));

        return ToPoll(known.Answer, ticket);
    }

    // The bit alone would not do: another phone of the user, or this client for its ticket, may have fetched the list.
    private Poll ToPoll(PollAnswer answer, VendedTicket ticket) => new(
        answer.Changed.Version > _connections.ShownVersion,
        answer.Changed.Version,
        [
            .. from mailbox in answer.In
               let channel = ticket.ChannelInto(mailbox.Name)
               where channel is not null
               select new Incoming(channel.Connection, mailbox.Video, mailbox.Seen),
        ]);

    private sealed record Known(VendedTicket Ticket, string? ETag, PollAnswer Answer);
}
