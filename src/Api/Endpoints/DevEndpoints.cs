using Cqrs.Api.Http;
using Cqrs.Notifications.Outbox;

namespace Cqrs.Api.Endpoints;

/// <summary>The outbox of a development server; mapped only where messages go to it.</summary>
public static class DevEndpoints
{
    /// <summary>Maps the list of messages, newest last; with <c>?to=</c> only those to one number or device.</summary>
    public static void MapOutbox(this IEndpointRouteBuilder routes) =>
        routes.MapRead("/dev/outbox", async (string? to, HttpContext http, SqliteOutbox outbox, CancellationToken cancel) =>
        {
            IReadOnlyList<OutboxResponse> messages =
            [
                .. (await outbox.ListAsync(cancel))
                    .Where(message => to is null || message.To == to)
                    .Select(message => new OutboxResponse(message.At, message.Channel, message.To, message.Text, message.Data)),
            ];
            await Reply.Json(200, messages, JsonTypes.Contract.IReadOnlyListOutboxResponse).SendAsync(http.Response, cancel);
        })
            .Describe("listOutbox", "Operations", "What was sent by SMS and push, newest last")
            .Tells("Only where messages go to an outbox and are not sent; read the code of a registration here. With ?to= only the messages to that number or device.")
            .Answers<IReadOnlyList<OutboxResponse>>(200);
}
