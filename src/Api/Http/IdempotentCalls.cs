using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Cqrs.Commands.Idempotency;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Registration;
using Cqrs.EventStore.Caching;

namespace Cqrs.Api.Http;

/// <summary>The scope within which an idempotency key has one meaning.</summary>
/// <param name="Name">Tells scopes apart: the user, the ticket's holder, the registration or the number.</param>
/// <param name="User">The user under whose key answers are sealed; null to seal them under a key of the server.</param>
/// <param name="KeepsSuccess">
/// False where a successful answer holds secrets that must not be stored under a key of the server: it is then computed
/// again, from events that say the same.
/// </param>
/// <param name="IsOptional">
/// True for a call that changes nothing: it is answered without its key when keys cannot be stored.
/// </param>
public readonly record struct Repeater(string Name, UserId? User, bool KeepsSuccess, bool IsOptional = false);

/// <summary>
/// Stores calls with an <c>Idempotency-Key</c> before anything is done for them. A repetition gets the first answer, or
/// runs under the same command id when the first try was cut off.
/// </summary>
/// <remarks>
/// A call without a user (verify) is computed again for a repetition, and its answer holds an auth token. So a key is no
/// way to try codes without counting them: after as many other bodies as a code has tries, the key answers nothing any
/// more. This is counted in memory by each process.
/// </remarks>
public sealed class IdempotentCalls(IIdempotencyStore answers, TimeProvider clock)
{
    public const string KeyHeader = "Idempotency-Key";
    private const int MaxKeyLength = 128;
    private const int RememberedKeys = 100_000;

    private readonly ConcurrentDictionary<UInt128, Task> _underWay = new();
    private readonly GenerationCache<UInt128, StrongBox<int>> _otherBodies = new(RememberedKeys);

    /// <summary>Runs a call once for its key, and answers repetitions.</summary>
    /// <param name="scope">Null for a call that names nothing to scope a key by: it runs as if it had no key.</param>
    /// <param name="execute">Runs the call; its argument is the command id, the same at each repetition.</param>
    public async Task<Reply> RunAsync(
        HttpContext http, Repeater? scope, ReadOnlyMemory<byte> body, Func<CommandId, Task<Reply>> execute, CancellationToken cancel)
    {
        var key = http.Request.Headers[KeyHeader];
        if (key.Count == 0 || !HttpMethods.IsPost(http.Request.Method)) return await execute(new(Guid.CreateVersion7()));
        if (key is not [{ Length: > 0 and <= MaxKeyLength } text])
            return Reply.Problem(Problems.InvalidRequest($"{KeyHeader} must have 1 to {MaxKeyLength} characters."), clock.GetUtcNow());
        if (scope is not { } caller) return await execute(new(Guid.CreateVersion7()));

        var keyHash = Hash(caller.Name, text, default);
        var bodyHash = Hash(http.Request.Method, http.Request.Path, body.Span);
        return await OneAtATimeAsync(keyHash, () => OnceAsync(caller, keyHash, bodyHash, execute, cancel), cancel);
    }

    private async Task<Reply> OnceAsync(Repeater caller, byte[] key, byte[] body, Func<CommandId, Task<Reply>> execute, CancellationToken cancel)
    {
        Reservation reservation;
        try
        {
            reservation = await answers.BeginAsync(key, body, caller.User, cancel);
        }
        catch (Exception e) when (caller.IsOptional && StorageFaults.CodeOf(e) is not null)
        {
            return await execute(new(Guid.CreateVersion7()));
        }

        if (IsReused(reservation, caller, key)) return Reply.Problem(Problems.KeyReused, clock.GetUtcNow());
        if (reservation.Answer is { } answer) return Reply.Again(answer);

        var reply = await execute(reservation.Command);
        if (IsKept(reply, caller)) await CompleteAsync(caller, key, reply);
        return reply;
    }

    // Other answers may differ the next time: a new token, a storage that works again, a limit that has passed.
    private static bool IsKept(Reply reply, Repeater caller) =>
        reply.Status is not (401 or >= 500) && !reply.AsksToWait && (caller.KeepsSuccess || !reply.IsSuccess);

    private bool IsReused(Reservation reservation, Repeater caller, byte[] key)
    {
        if (caller.KeepsSuccess) return !reservation.IsSameBody;

        // One request at a time for each key, so the count needs no lock.
        var id = BinaryPrimitives.ReadUInt128BigEndian(key);
        var others = _otherBodies.Find(id);
        if (reservation.IsSameBody) return others is { Value: >= RegistrationRules.TriesPerCode };
        if (others is null) _otherBodies.Set(id, others = new());
        others.Value++;
        return true;
    }

    private async Task CompleteAsync(Repeater caller, byte[] key, Reply reply)
    {
        try
        {
            await answers.CompleteAsync(key, reply.ToStored(), caller.User, CancellationToken.None);
        }
        catch (Exception e) when (caller.IsOptional && StorageFaults.CodeOf(e) is not null)
        {
            // The call changed nothing, so a repetition may compute the answer anew.
        }
    }

    /// <summary>Runs requests with the same key one after the other; the later ones find the answer of the first.</summary>
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
