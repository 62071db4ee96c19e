using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Cqrs.Commands.Idempotency;
using Cqrs.Domain.Identity;

namespace Cqrs.Api.Http;

/// <summary>Who makes a call, as far as its repetitions are concerned.</summary>
/// <param name="Name">What tells callers apart.</param>
/// <param name="User">Under whose key answers are kept; null for a caller who has none.</param>
/// <param name="KeepsSuccess">
/// False where an answer must not lie about under a key of the server: then it is made again, from events that say the same.
/// </param>
public readonly record struct Repeater(string Name, UserId? User, bool KeepsSuccess);

/// <summary>
/// Calls with an <c>Idempotency-Key</c> are noted before anything is done for them; repeated, they get their first
/// answer, or are done again under the same id when the first try was cut off.
/// </summary>
public sealed class IdempotentCalls(IIdempotencyStore answers, TimeProvider clock)
{
    public const string KeyHeader = "Idempotency-Key";
    private const int MaxKeyLength = 128;

    private readonly ConcurrentDictionary<UInt128, Task> _underWay = new();

    /// <param name="execute">Does what the call asks for; it is given the id of the command, the same at each repetition.</param>
    public async Task<Reply> RunAsync(
        HttpContext http, Repeater caller, ReadOnlyMemory<byte> body, Func<CommandId, Task<Reply>> execute, CancellationToken cancel)
    {
        var key = http.Request.Headers[KeyHeader];
        if (key.Count == 0 || !HttpMethods.IsPost(http.Request.Method)) return await execute(new(Guid.CreateVersion7()));
        if (key is not [{ Length: > 0 and <= MaxKeyLength } text])
            return Reply.Problem(Problems.InvalidRequest($"{KeyHeader} must have 1 to {MaxKeyLength} characters."), clock.GetUtcNow());

        var keyHash = Hash(caller.Name, text, default);
        var bodyHash = Hash(http.Request.Method, http.Request.Path, body.Span);
        return await OneAtATimeAsync(keyHash, () => OnceAsync(caller, keyHash, bodyHash, execute, cancel), cancel);
    }

    private async Task<Reply> OnceAsync(Repeater caller, byte[] key, byte[] body, Func<CommandId, Task<Reply>> execute, CancellationToken cancel)
    {
        var reservation = await answers.BeginAsync(key, body, caller.User, cancel);
        if (!reservation.IsSameBody) return Reply.Problem(Problems.KeyReused, clock.GetUtcNow());
        if (reservation.Answer is { } answer) return Reply.Again(answer);

        var reply = await execute(reservation.Command);

        // What may be answered differently next time is not kept.
        if (reply.Status is not (401 or >= 500) && (caller.KeepsSuccess || !reply.IsSuccess))
            await answers.CompleteAsync(key, reply.ToStored(), caller.User, CancellationToken.None);
        return reply;
    }

    /// <summary>Requests with the same key wait for each other; the later ones find the answer of the first.</summary>
    private async Task<Reply> OneAtATimeAsync(byte[] key, Func<Task<Reply>> run, CancellationToken cancel)
    {
        var id = BinaryPrimitives.ReadUInt128BigEndian(key);
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
