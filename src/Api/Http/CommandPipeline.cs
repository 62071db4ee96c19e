using System.Diagnostics;
using Cqrs.Commands.Execution;
using Cqrs.Commands.Users;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Tokens;
using Cqrs.Domain.Users;

namespace Cqrs.Api.Http;

/// <summary>A command as it came over HTTP: who sends it, as part of what, and its body.</summary>
public sealed record CommandCall(HttpContext Http, UserId? Caller, CommandContext Context, ReadOnlyMemory<byte> Body)
{
    /// <summary>The caller of a call that needs an auth token.</summary>
    public UserId User => Caller ?? throw new InvalidOperationException("The call is anonymous.");
}

/// <summary>The way of every command: body, caller, idempotency key, handler, answer.</summary>
public sealed class CommandPipeline(
    Authenticator authenticator, TokenKeys tokens, IdempotentCalls calls, ErrorReplies errors, TimeProvider clock)
{
    /// <summary>A command that needs an auth token.</summary>
    public Task AuthorizedAsync(HttpContext http, Func<CommandCall, CancellationToken, Task<Reply>> handle) => RunAsync(http, needsToken: true, handle);

    /// <summary>A command of somebody who is nobody yet.</summary>
    public Task AnonymousAsync(HttpContext http, Func<CommandCall, CancellationToken, Task<Reply>> handle) => RunAsync(http, needsToken: false, handle);

    private Task RunAsync(HttpContext http, bool needsToken, Func<CommandCall, CancellationToken, Task<Reply>> handle) =>
        errors.SendAsync(http, cancel => AnswerAsync(http, needsToken, handle, cancel));

    private async Task<Reply> AnswerAsync(
        HttpContext http, bool needsToken, Func<CommandCall, CancellationToken, Task<Reply>> handle, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        AuthToken? token = needsToken && BearerToken.TryReadAuth(http.Request, tokens, out var genuine) ? genuine : null;
        if (needsToken && token is null) return Reply.Problem(UserRefusals.Unauthorized, now);
        if (await RequestBody.ReadAsync(http.Request, cancel) is not { } body) return Reply.Problem(Problems.BodyTooLarge, now);
        return await calls.RunAsync(
            http, CallerOf(http, token), body, command => ExecuteAsync(http, token, command, body, handle, cancel), cancel);
    }

    private static Repeater CallerOf(HttpContext http, AuthToken? token) => token is { User: var user }
        ? new(user.ToString(), user, KeepsSuccess: true)
        : new($"address {http.Connection.RemoteIpAddress}", User: null, KeepsSuccess: false);

    private async Task<Reply> ExecuteAsync(
        HttpContext http, AuthToken? token, CommandId command, ReadOnlyMemory<byte> body,
        Func<CommandCall, CancellationToken, Task<Reply>> handle, CancellationToken cancel)
    {
        if (token is { } bearer && await authenticator.AuthorizeAsync(bearer, cancel) is { } refusal) return Reply.Problem(refusal, clock.GetUtcNow());
        var context = new CommandContext(command, Now(), token?.User, TraceParent: Activity.Current?.Id);
        var reply = await handle(new(http, token?.User, context, body), cancel);
        return reply.Reaching(context.Written.Newest);
    }

    // Events keep milliseconds; a command must not know a finer time than those who replay it.
    private DateTimeOffset Now() => DateTimeOffset.FromUnixTimeMilliseconds(clock.GetUtcNow().ToUnixTimeMilliseconds());
}
