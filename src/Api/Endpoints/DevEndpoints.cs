using Cqrs.Api.Http;
using Cqrs.Notifications.Outbox;

namespace Cqrs.Api.Endpoints;

/// <summary>What only a developer may see; mapped only where messages go to the outbox.</summary>
public static class DevEndpoints
{
    public static void MapOutbox(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/dev/outbox", async (SqliteOutbox outbox, CancellationToken cancel) =>
        {
            IReadOnlyList<OutboxResponse> messages =
                [.. (await outbox.ListAsync(cancel)).Select(message => new OutboxResponse(message.At, message.Channel, message.To, message.Text))];
            return Results.Json(messages, JsonTypes.Contract.IReadOnlyListOutboxResponse);
        })
            .Describe("listOutbox", "Operations", "What was sent by SMS and push, newest last")
            .Tells("Only where messages go to an outbox instead of out into the world; read the code of a registration here.")
            .Answers<IReadOnlyList<OutboxResponse>>(200);
}
