using Cqrs.Api.Configuration;
using Cqrs.Api.Http;
using Cqrs.Domain.Mailboxes;
using Cqrs.Domain.Tokens;
using Cqrs.Domain.Users;
using Cqrs.EventStore.Log;
using Cqrs.Projections.Connections;
using Microsoft.AspNetCore.Mvc;

namespace Cqrs.Api.Endpoints;

/// <summary>
/// The vending machine: an auth token goes in, a ticket comes out. It belongs to the queries: it appends nothing. But a
/// ticket is a permission, so the token's epoch is read from the log and not from a read model, and the list of
/// connections must have seen everything that was in the log when the call arrived.
/// </summary>
public static class VendingEndpoints
{
    /// <summary>Maps the vending machine.</summary>
    public static void MapVending(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/vending", (
            HttpContext http, CommandPipeline pipeline, IEventLog log, ReadPositions positions, ConnectionsReader lists,
            [FromServices] TokenKeys keys, Settings settings) =>
            pipeline.AuthorizedAsync(http, async (call, cancel) =>
            {
                var head = await log.HeadAsync(cancel);
                if (!await positions.ReachedAsync("connections", head, cancel)) return Reply.Problem(Problems.NotCaughtUp, call.Context.At);
                var list = await lists.ListAsync(call.User, cancel);
                if (list.Key is not { } key) return Reply.Problem(UserRefusals.Unauthorized, call.Context.At);

                var expiresAt = call.Context.At + settings.TicketLifetime;
                var granted = list.Entries.Where(entry => entry.Peer is not null).Select(entry => (entry.Connection, Grant: GrantOf(entry, key))).ToList();
                var ticket = new Ticket(key.UserKey, key.BitName, call.Context.At, expiresAt, [.. granted.Select(one => one.Grant)]);
                var body = new VendingResponse(Tickets.Sign(ticket, keys), expiresAt, [.. granted.Select(one => Response(one.Connection.Value, one.Grant))]);
                return Reply.Json(200, body, JsonTypes.Contract.VendingResponse, head);
            }, changesNothing: true))
            .Describe("vend", "Messaging", "Turn an auth token into a ticket")
            .Tells("The ticket is for messaging and notifications and lists what it allows: for each connection the mailbox to write (`out`), the one to read (`in`) and the user key to notify (`peer`). It shows every change that was answered before this call. `aws` is left out where mailboxes and videos are kept by this server.")
            .NeedsToken().Answers<VendingResponse>(200).Fails("not-caught-up");

    private static Grant GrantOf(ConnectionEntry entry, MailboxKey key)
    {
        var (own, peer) = (key.HalfFor(entry.Connection), entry.Peer!);
        return new(MailboxName.From(own, peer.Half), MailboxName.From(peer.Half, own), peer.UserKey);
    }

    private static GrantResponse Response(Guid connection, Grant grant) =>
        new(connection, grant.Out.ToString(), grant.In.ToString(), grant.Peer.ToString());
}
