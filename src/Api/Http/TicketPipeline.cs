using Cqrs.Domain.Decisions;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Tokens;
using Cqrs.Domain.Users;

namespace Cqrs.Api.Http;

/// <summary>A call to messaging or notifications: its ticket and its body (empty for a read).</summary>
/// <param name="Command">The same at each repetition of a POST with an idempotency key.</param>
/// <param name="At">When the call arrived, by the server's clock.</param>
public sealed record TicketCall(HttpContext Http, Ticket Ticket, CommandId Command, ReadOnlyMemory<byte> Body, DateTimeOffset At);

/// <summary>
/// Handles every call to messaging and notifications: ticket, body, idempotency key, handler, answer. The ticket is
/// checked by arithmetic alone, without a look at users and connections.
/// </summary>
public sealed class TicketPipeline(TokenKeys keys, IdempotentCalls calls, ErrorReplies errors, TimeProvider clock)
{
    public static readonly Refusal Expired = new("ticket-expired", "The ticket has run out. Fetch a new one with the auth token.");

    public static readonly Refusal NotYours = new("not-yours", "The ticket does not allow this. Fetch a new one if your connections have changed.");

    public Task RunAsync(HttpContext http, Func<TicketCall, CancellationToken, Task<Reply>> handle) =>
        errors.SendAsync(http, cancel => AnswerAsync(http, handle, cancel));

    private async Task<Reply> AnswerAsync(HttpContext http, Func<TicketCall, CancellationToken, Task<Reply>> handle, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        if (!BearerToken.TryReadTicket(http.Request, keys, now, out var ticket, out var refusal))
            return Reply.Problem(refusal is TokenRefusal.Expired ? Expired : UserRefusals.Unauthorized, now);
        if (http.Request.IsRead()) return await handle(new(http, ticket, default, default, now), cancel);
        if (await RequestBody.ReadAsync(http.Request, cancel) is not { } body) return Reply.Problem(Problems.BodyTooLarge, now);
        return await calls.RunAsync(
            http, new($"ticket {ticket.UserKey}", User: null, KeepsSuccess: true), body,
            command => handle(new(http, ticket, command, body, now), cancel), cancel);
    }
}
