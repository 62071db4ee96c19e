using System.Diagnostics;
using Cqrs.Commands.Execution;
using Cqrs.Commands.Users;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Tokens;
using Cqrs.Domain.Users;

namespace Cqrs.Api.Http;

/// <summary>A command that arrived over HTTP: its caller, its context and its body.</summary>
public sealed record CommandCall(HttpContext Http, UserId? Caller, CommandContext Context, ReadOnlyMemory<byte> Body)
{
    /// <summary>The caller of a call with an auth token.</summary>
    /// <exception cref="InvalidOperationException">The call has no token.</exception>
    public UserId User => Caller ?? throw new InvalidOperationException("The call is anonymous.");
}

/// <summary>Handles every command: caller, body, idempotency key, handler, answer.</summary>
public sealed class CommandPipeline(
    Authenticator authenticator, TokenKeys tokens, IdempotentCalls calls, ErrorReplies errors, TimeProvider clock)
{
    /// <summary>Runs a command that needs an auth token.</summary>
    /// <param name="changesNothing">True for a call that appends nothing: it is answered also where nothing can be stored.</param>
    public Task AuthorizedAsync(HttpContext http, Func<CommandCall, CancellationToken, Task<Reply>> handle, bool changesNothing = false) =>
        errors.SendAsync(http, async cancel =>
        {
            var now = clock.GetUtcNow();
            if (!BearerToken.TryReadAuth(http.Request, tokens, out var token)) return Reply.Problem(UserRefusals.Unauthorized, now);
            if (await RequestBody.ReadAsync(http.Request, cancel) is not { } body) return Reply.Problem(Problems.BodyTooLarge, now);
            var scope = new Repeater(token.User.ToString(), token.User, KeepsSuccess: true, IsOptional: changesNothing);
            return await calls.RunAsync(http, scope, body, command => ExecuteAsync(http, token, command, body, handle, cancel), cancel);
        });

    /// <summary>Runs a command of registration, which comes without a token.</summary>
    /// <param name="scope">
    /// Returns what the command is about, a registration or a number, within which an idempotency key has one meaning: a
    /// phone that repeats a request may have another address meanwhile. Null where the command names nothing valid.
    /// </param>
    public Task AnonymousAsync(
        HttpContext http, Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask<string?>> scope, Func<CommandCall, CancellationToken, Task<Reply>> handle) =>
        errors.SendAsync(http, async cancel =>
        {
            if (await RequestBody.ReadAsync(http.Request, cancel) is not { } body) return Reply.Problem(Problems.BodyTooLarge, clock.GetUtcNow());
            Repeater? repeater = await scope(body, cancel) is { } name ? new(name, User: null, KeepsSuccess: false) : null;
            return await calls.RunAsync(http, repeater, body, command => ExecuteAsync(http, token: null, command, body, handle, cancel), cancel);
        });

    private async Task<Reply> ExecuteAsync(
        HttpContext http, AuthToken? token, CommandId command, ReadOnlyMemory<byte> body,
        Func<CommandCall, CancellationToken, Task<Reply>> handle, CancellationToken cancel)
    {
        if (token is { } bearer && await authenticator.AuthorizeAsync(bearer, cancel) is { } refusal) return Reply.Problem(refusal, clock.GetUtcNow());
        var context = new CommandContext(command, Now(), token?.User, TraceParent: Activity.Current?.Id);
        var reply = await handle(new(http, token?.User, context, body), cancel);
        return reply.Reaching(context.Written.Newest);
    }

    // Events keep milliseconds; a command that decided by a finer time could not be replayed.
    private DateTimeOffset Now() => DateTimeOffset.FromUnixTimeMilliseconds(clock.GetUtcNow().ToUnixTimeMilliseconds());
}
