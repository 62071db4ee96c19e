using System.Globalization;
using Cqrs.Api.Configuration;
using Cqrs.Api.Http;
using Cqrs.Commands.Connections;
using Cqrs.Domain.Connections;
using Cqrs.Domain.Users;
using Cqrs.EventStore.Log;
using Cqrs.Projections.Connections;

namespace Cqrs.Api.Endpoints;

/// <summary>Invites and connections.</summary>
public static class ConnectionEndpoints
{
    /// <summary>Maps invites and the steps of a connection.</summary>
    public static void MapConnectionCommands(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/invites", (HttpContext http, CommandPipeline pipeline, InviteSomeoneHandler handler, RateLimits limits, Settings settings) =>
            pipeline.AuthorizedAsync(http, async (call, cancel) =>
            {
                var body = RequestBody.Parse(call.Body, JsonTypes.Contract.InviteRequest);
                var first = RequestBody.Need(body.FirstName, "firstName");
                var last = RequestBody.Need(body.LastName, "lastName");
                var phone = RequestBody.Need(body.Phone, "phone");
                if (PersonName.TryMake(first, last) is not { } name) return Reply.Problem(PersonName.Invalid, call.Context.At);
                if (limits.Invite(call.User) is { } limit) return Reply.Problem(limit, call.Context.At);

                var answer = await handler.HandleAsync(new(call.User, name, phone), call.Context, cancel);
                return answer.Value is { } invite ? Invited(invite, settings) : Reply.Problem(answer.Refusal!, call.Context.At);
            }))
            .Describe("invite", "Connections", "Invite somebody by phone number")
            .Tells("Takes a square. When the invitee has already invited the caller, the two are connected at once: `state` is `connected`.")
            .NeedsToken().Takes<InviteRequest>().Answers<InviteResponse>(201).Answers<InviteResponse>(200)
            .Fails("invalid-phone", "invalid-name", "grid-full", "rejection-unacknowledged", "already-connected", "cannot-invite-yourself", "invite-limit", "rate-limited");

        Step(routes, ConnectionStep.See, "see", "Open the invite: cancelling it leaves a trace from now on", "not-invited");
        Step(routes, ConnectionStep.Accept, "accept", "Accept the invite", "not-invited", "grid-full");
        Step(routes, ConnectionStep.Reject, "reject", "Reject the invite", "not-invited");
        Step(routes, ConnectionStep.Acknowledge, "acknowledge", "Acknowledge that the invite was rejected", "not-rejected");
        Step(routes, ConnectionStep.Clear, "clear", "Clear the square: cancels, rejects, acknowledges or disconnects");
    }

    /// <summary>Maps the list of connections.</summary>
    public static void MapConnectionQueries(this IEndpointRouteBuilder routes) =>
        routes.MapRead("/connections", (
            HttpContext http, QueryPipeline pipeline, ConnectionsReader lists, ChangedBitClearing bits, Settings settings, ReadPositions positions) =>
            pipeline.RunAsync(http, "connections", async (caller, cancel) =>
            {
                var position = positions.Of("connections");

                // HEAD is safe (RFC 9110, section 9.2.1): the client got no list, so the bit must stay set.
                var clears = HttpMethods.IsGet(http.Request.Method);
                if (http.Request.Headers.IfNoneMatch.Count > 0 && lists.VersionOf(caller) is var version
                    && EntityTags.IfNoneMatch(http.Request, ETag(version)) is var match and not TagMatch.None)
                {
                    // A bit restored from a backup may announce a change that the phone has seen. "*" does not tell what it has.
                    if (clears && match is TagMatch.Named && await lists.KnownAsAsync(caller, cancel) is { } own)
                        await bits.ClearAsync(own.BitName, version, cancel);
                    return NotModified(version, position);
                }

                var list = await lists.ListAsync(caller, cancel);
                if (clears && list.Key is { } key) await bits.ClearAsync(key.BitName, list.Version, cancel);
                var body = new ConnectionsResponse(
                    list.Version, new(list.SquaresUsed, settings.Squares), [.. list.Entries.Select(Entry)]);
                return WithETag(Reply.Json(200, body, JsonTypes.Contract.ConnectionsResponse, position), list.Version);
            }))
            .Describe("listConnections", "Connections", "My list of connections")
            .Tells("Entries in the state `inviting` show the names that the inviter typed; `invited` shows the inviter's own names.")
            .NeedsToken().Answers<ConnectionsResponse>(200).IsQuery(hasETag: true);

    private static void Step(IEndpointRouteBuilder routes, ConnectionStep step, string name, string summary, params string[] codes) =>
        routes.MapPost($"/connections/{{id}}/{name}", (string id, HttpContext http, CommandPipeline pipeline, StepConnectionHandler handler) =>
            pipeline.AuthorizedAsync(http, async (call, cancel) =>
            {
                if (!Guid.TryParseExact(id, "D", out var connection)) return Reply.Problem(ConnectionRefusals.UnknownConnection, call.Context.At);
                var answer = await handler.HandleAsync(new(call.User, new(connection), step), call.Context, cancel);
                if (answer.Value is not { } done) return Reply.Problem(answer.Refusal!, call.Context.At);
                return Reply.Json(200, new StepResponse(connection, done.View), JsonTypes.Contract.StepResponse, done.Position);
            }))
            .Describe(name + "Connection", "Connections", summary)
            .NeedsToken().Answers<StepResponse>(200).Fails(["unknown-connection", .. codes]);

    private static Reply Invited(InviteAnswer invite, Settings settings)
    {
        var link = invite.Code is { } code ? settings.App.InviteLink(code) : null;
        var text = link is null ? null : $"{invite.InviterFirstName} invites you to {settings.App.Name}: {link}";
        return Reply.Json(
            invite.IsNew ? 201 : 200,
            new InviteResponse(invite.Connection.Value, invite.View, invite.InviteeHasApp, invite.Phone.E164, link, text),
            JsonTypes.Contract.InviteResponse, invite.Position);
    }

    private static ConnectionResponse Entry(ConnectionEntry entry) => new(
        entry.Connection.Value, entry.State, entry.FirstName, entry.LastName, entry.Phone, entry.Since,
        entry.Peer is { } peer ? new(peer.Half.Reveal(), peer.UserKey.ToString()) : null);

    private static string ETag(long version) => string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");

    private static Reply NotModified(long version, LogPosition position) =>
        WithETag(Reply.NoContent(position) with { Status = StatusCodes.Status304NotModified }, version);

    private static Reply WithETag(Reply reply, long version) =>
        reply with { Headers = new Dictionary<string, string>(reply.Headers) { ["ETag"] = ETag(version) } };
}
