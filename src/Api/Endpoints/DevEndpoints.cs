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
        }).ExcludeFromDescription();
}
