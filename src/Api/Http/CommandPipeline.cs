using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Cqrs.Commands.Execution;
using Cqrs.Commands.Idempotency;
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

/// <summary>
/// The way of every command: body, caller, idempotency key, handler, answer. A request with an idempotency key is noted
/// before anything is done for it; repeated, it gets its first answer, or is done again under the same command id when
/// the first try was cut off.
/// </summary>
public sealed class CommandPipeline(
    Authenticator authenticator, TokenKeys tokens, IIdempotencyStore answers, ErrorReplies errors, TimeProvider clock)
{
    public const string KeyHeader = "Idempotency-Key";
    private const int MaxKeyLength = 128;

    private readonly ConcurrentDictionary<UInt128, Task> _underWay = new();

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
        var token = needsToken ? BearerToken.Read(http.Request, tokens) : null;
        if (needsToken && token is null) return Reply.Problem(UserRefusals.Unauthorized, now);
        if (await RequestBody.ReadAsync(http.Request, cancel) is not { } body) return Reply.Problem(Problems.BodyTooLarge, now);

        var key = http.Request.Headers[KeyHeader];
        if (key.Count == 0 || !HttpMethods.IsPost(http.Request.Method))
            return await ExecuteAsync(http, token, new(Guid.CreateVersion7()), body, handle, cancel);
        if (key is not [{ Length: > 0 and <= MaxKeyLength } text])
            return Reply.Problem(Problems.InvalidRequest($"{KeyHeader} must have 1 to {MaxKeyLength} characters."), now);

        var keyHash = Hash(token?.User.ToString() ?? $"address {http.Connection.RemoteIpAddress}", text, default);
        var bodyHash = Hash(http.Request.Method, http.Request.Path, body.Span);
        return await OneAtATimeAsync(keyHash, () => OnceAsync(http, token, keyHash, bodyHash, body, handle, cancel), cancel);
    }

    private async Task<Reply> OnceAsync(
        HttpContext http, AuthToken? token, byte[] key, byte[] bodyHash, ReadOnlyMemory<byte> body,
        Func<CommandCall, CancellationToken, Task<Reply>> handle, CancellationToken cancel)
    {
        var reservation = await answers.BeginAsync(key, bodyHash, token?.User, cancel);
        if (!reservation.IsSameBody) return Reply.Problem(Problems.KeyReused, clock.GetUtcNow());
        if (reservation.Answer is { } answer) return Reply.Again(answer);

        var reply = await ExecuteAsync(http, token, reservation.Command, body, handle, cancel);
        if (IsKept(reply, token)) await answers.CompleteAsync(key, reply.ToStored(), token?.User, CancellationToken.None);
        return reply;
    }

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

    // What may be answered differently next time is not kept. Nor is what somebody without a key of his own was given,
    // for it would lie about under a key of the server: it is made again from the events, which say the same.
    private static bool IsKept(Reply reply, AuthToken? token) =>
        reply.Status is not (401 or >= 500) && (token is not null || !reply.IsSuccess);

    /// <summary>Requests with the same key wait for each other; the later ones find the answer of the first.</summary>
    private async Task<Reply> OneAtATimeAsync(byte[] key, Func<Task<Reply>> run, CancellationToken cancel)
    {
        var id = System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(key);
        var mine = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        while (_underWay.GetOrAdd(id, mine.Task) is var running && running != mine.Task) await running.WaitAsync(cancel);
        try
        {
            return await run();
        }
        finally
        {
            _underWay.TryRemove(id, out _);
            mine.SetResult();
        }
    }

    private static byte[] Hash(string one, string other, ReadOnlySpan<byte> rest)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(one));
        hash.AppendData([0]);
        hash.AppendData(Encoding.UTF8.GetBytes(other));
        hash.AppendData([0]);
        hash.AppendData(rest);
        return hash.GetHashAndReset();
    }
}
