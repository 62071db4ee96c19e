using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Cqrs.Domain.Identity;
using Cqrs.EventStore.Following;
using Cqrs.EventStore.PersonalData;
using Cqrs.EventStore.Tables;

namespace Cqrs.Commands.Idempotency;

/// <summary>
/// What the write side keeps beside the log, in <c>commands.db</c>: answers by idempotency key and the checkpoints of
/// its process managers. Answers hold personal data, so each is sealed under its caller's key. What a power cut
/// takes away is only asked for again, of deciders that recognise a repeated command.
/// </summary>
public sealed class SqliteCommandStore : IIdempotencyStore, ICheckpointStore, IDisposable
{
    public const string FileName = "commands.db";

    private const int PurgeEvery = 1000;
    private static readonly TimeSpan Kept = TimeSpan.FromDays(1);

    private readonly Lock _lock = new();
    private readonly SqliteTables _tables;
    private readonly ISubjectKeys _subjects;
    private readonly ISystemKeys _system;
    private readonly TimeProvider _clock;
    private SubjectKey? _anonymous;
    private volatile byte[]? _aside;
    private int _begun;

    private SqliteCommandStore(SqliteTables tables, ISubjectKeys subjects, ISystemKeys system, TimeProvider clock) =>
        (_tables, _subjects, _system, _clock) = (tables, subjects, system, clock);

    public static SqliteCommandStore Open(string folder, ISubjectKeys subjects, ISystemKeys system, TimeProvider clock) => new(
        SqliteTables.Open(folder, FileName, $"""
            CREATE TABLE IF NOT EXISTS answers (
                key BLOB PRIMARY KEY, body BLOB NOT NULL, command BLOB NOT NULL, answer BLOB, at INTEGER NOT NULL) WITHOUT ROWID;
            CREATE INDEX IF NOT EXISTS answers_by_age ON answers (at);
            {CheckpointTable.Schema}
            """),
        subjects, system, clock);

    public async ValueTask<Reservation> BeginAsync(
        ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> body, UserId? caller, CancellationToken cancel = default)
    {
        key = Known(key);
        var seal = await SealAsync(caller, cancel);
        lock (_lock)
        {
            if (Find(key, body, seal) is { } found) return found;
            var command = Guid.NewGuid();
            PurgeSometimes();
            var begun = _tables.Run(
                "INSERT INTO answers (key, body, command, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
                key.ToArray(), body.ToArray(), command.ToByteArray(bigEndian: true), _clock.GetUtcNow().ToUnixTimeMilliseconds());

            // Another process may have been faster; its row is the one that counts.
            return begun == 1 ? new(new(command), IsSameBody: true, Answer: null) : Find(key, body, seal)!;
        }
    }

    public async ValueTask CompleteAsync(ReadOnlyMemory<byte> key, StoredAnswer answer, UserId? caller, CancellationToken cancel = default)
    {
        key = Known(key);
        var seal = await SealAsync(caller, cancel);
        var content = JsonSerializer.SerializeToUtf8Bytes(answer, StoredAnswerJson.Default.StoredAnswer);
        if (seal.Seal(content, key.Span) is not { } stored) return;
        lock (_lock) _tables.Run("UPDATE answers SET answer = $2 WHERE key = $1", key.ToArray(), stored);
    }

    public ValueTask<Checkpoint> LoadAsync(string name, CancellationToken cancel = default)
    {
        lock (_lock) return new(_tables.LoadCheckpoint(name));
    }

    public ValueTask SaveAsync(string name, Checkpoint checkpoint, CancellationToken cancel = default)
    {
        lock (_lock) _tables.SaveCheckpoint(name, checkpoint);
        return default;
    }

    public ValueTask ResetAsync(string name, Checkpoint checkpoint, CancellationToken cancel = default)
    {
        lock (_lock)
        {
            using var transaction = _tables.Begin();
            _tables.ResetCheckpoint(name, checkpoint);
            transaction.Commit();
        }

        return default;
    }

    /// <summary>
    /// Ignores the stored answers without deleting them while the log does not fit: it was put back and does
    /// not hold the events that they describe. They are used again when the right log is put back, or are forgotten by
    /// <see cref="ForgetAnswersAsync"/>.
    /// </summary>
    public void SetAnswersAside(bool aside) => _aside = aside ? RandomNumberGenerator.GetBytes(SHA256.HashSizeInBytes) : null;

    /// <summary>
    /// Forgets all answers and the commands they belong to. For a log that was put back: it does not hold what was
    /// answered since, and a request that is repeated must be done again, with events of its own.
    /// </summary>
    /// <returns>How many there were.</returns>
    public ValueTask<int> ForgetAnswersAsync(CancellationToken cancel = default)
    {
        lock (_lock) return new(_tables.Run("DELETE FROM answers"));
    }

    public void Dispose()
    {
        lock (_lock) _tables.Dispose();
    }

    private ReadOnlyMemory<byte> Known(ReadOnlyMemory<byte> key) => _aside is { } salt ? SHA256.HashData([.. salt, .. key.Span]) : key;

    private Reservation? Find(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> body, SubjectKey seal)
    {
        using var row = _tables.Query("SELECT command, body, answer FROM answers WHERE key = $1", key.ToArray());
        if (!row.Read()) return null;
        var command = new CommandId(row.Id(0));
        if (!row.Blob(1).AsSpan().SequenceEqual(body.Span)) return new(command, IsSameBody: false, Answer: null);
        return new(command, IsSameBody: true, row.IsDBNull(2) ? null : Unseal(row.Blob(2), key.Span, seal));
    }

    private static StoredAnswer? Unseal(byte[] stored, ReadOnlySpan<byte> key, SubjectKey seal) =>
        seal.TryOpen(stored, key) is { } content ? JsonSerializer.Deserialize(content, StoredAnswerJson.Default.StoredAnswer) : null;

    private void PurgeSometimes()
    {
        if (_begun++ % PurgeEvery != 0) return;
        _tables.Run("DELETE FROM answers WHERE at < $1", (_clock.GetUtcNow() - Kept).ToUnixTimeMilliseconds());
    }

    private async ValueTask<SubjectKey> SealAsync(UserId? caller, CancellationToken cancel)
    {
        if (caller is { } user) return await _subjects.GetOrCreateAsync(user, cancel);
        return _anonymous ??= new(new(Guid.Empty), (await _system.GetOrCreateSystemKeyAsync("idempotency", cancel)).Span);
    }
}

[JsonSerializable(typeof(StoredAnswer))]
internal sealed partial class StoredAnswerJson : JsonSerializerContext;
