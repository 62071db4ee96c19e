using Cqrs.Api.Http;
using Cqrs.Domain.Mailboxes;
using Cqrs.Notifications.Push;

namespace Cqrs.Api.Endpoints;

/// <summary>Pushes from phone to phone.</summary>
public static class NotificationEndpoints
{
    /// <summary>Maps the sending of a push.</summary>
    public static void MapNotifications(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/notifications", (HttpContext http, TicketPipeline pipeline, PhonePushes pushes) =>
            pipeline.RunAsync(http, async (call, cancel) =>
            {
                var body = RequestBody.Parse(call.Body, JsonTypes.Contract.NotificationRequest);
                if (!UserKey.TryParse(RequestBody.Need(body.To, "to"), out var to))
                    return Invalid(call, "to", "The field 'to' must be a user key, 22 characters of base64url.");
                var kind = RequestBody.Need(body.Kind, "kind");
                if (!PushKinds.OfPhones.Contains(kind))
                    return Invalid(call, "kind", "The field 'kind' must be new-video or video-status; what invites have to tell comes from the server alone.");
                if (PushData.FaultOf(body.Data) is { } fault)
                    return Invalid(call, fault.Entry is { } entry ? $"data.{entry}" : "data", fault.Sentence);
                if (!call.Ticket.MayNotify(to)) return Reply.Problem(TicketPipeline.NotYours, call.At);

                var data = body.Data?.ToDictionary(entry => entry.Key, entry => entry.Value!);
                await pushes.SendAsync(call.Ticket.UserKey, to, kind, data, call.Command, cancel);
                return Reply.Empty(StatusCodes.Status202Accepted);
            }))
            .Describe("notify", "Notifications", "Send a push to somebody I am connected with")
            .Tells("It goes to each of his devices, or nowhere if he has none. While one waits to be sent, a newer one of the same kind from the same sender takes its place. A push is a hint and may be lost by the push service: the mailbox is what counts.")
            .NeedsTicket().Takes<NotificationRequest>().AnswersNothing(StatusCodes.Status202Accepted)
            .Fails("not-yours");

    private static Reply Invalid(TicketCall call, string field, string detail) => Reply.Problem(Problems.InvalidRequest(detail), call.At, field);
}
