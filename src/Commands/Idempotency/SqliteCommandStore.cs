using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Cqrs.Domain.Identity;
using Cqrs.EventStore.Following;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.PersonalData;
using Microsoft.Data.Sqlite;

namespace Cqrs.Commands.Idempotency;

/// <summary>
/// What the write side keeps beside the log, in <c>commands.db</c>: answers by idempotency key and the checkpoints of
/// its process managers. Answers hold personal data, so each is sealed under its caller's key. Commits reach the operating system, not the
/// disk: they survive the death of the process, and what a power cut takes away is only asked for again, of deciders
/// that recognise a repeated command.
/// </summary>
public sealed class SqliteCommandStore : IIdempotencyStore, ICheckpointStore, IDisposable
{
    private const int PurgeEvery = 1000;
    private static readonly TimeSpan Kept = TimeSpan.FromDays(1);

    private readonly Lock _lock = new();
    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _find;
    private readonly SqliteCommand _begin;
    private readonly SqliteCommand _complete;
    private readonly SqliteCommand _load;
    private readonly SqliteCommand _save;
    private readonly ISubjectKeys _subjects;
    private readonly ISystemKeys _system;
    private readonly TimeProvider _clock;
    private SubjectKey? _anonymous;
    private int _begun;

    private SqliteCommandStore(SqliteConnection connection, ISubjectKeys subjects, ISystemKeys system, TimeProvider clock)
    {
        (_connection, _subjects, _system, _clock) = (connection, subjects, system, clock);
        _find = Prepare("SELECT command, body, answer FROM answers WHERE key = $1", 1);
        _begin = Prepare("INSERT INTO answers (key, body, command, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING", 4);
        _complete = Prepare("UPDATE answers SET answer = $2 WHERE key = $1", 2);
        _load = Prepare("SELECT position FROM checkpoints WHERE name = $1", 1);
        _save = Prepare(
            "INSERT INTO checkpoints (name, position) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET position = excluded.position", 2);
    }

    public static SqliteCommandStore Open(string folder, ISubjectKeys subjects, ISystemKeys system, TimeProvider clock)
    {
        SQLitePCL.Batteries_V2.Init();
        Directory.CreateDirectory(folder);
        var connection = new SqliteConnection($"Data Source={Path.Combine(folder, "commands.db")};Pooling=False;Default Timeout=10");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = """
            PRAGMA journal_mode = WAL;
            PRAGMA synchronous = NORMAL;
            CREATE TABLE IF NOT EXISTS answers (
                key BLOB PRIMARY KEY, body BLOB NOT NULL, command BLOB NOT NULL, answer BLOB, at INTEGER NOT NULL) WITHOUT ROWID;
            CREATE INDEX IF NOT EXISTS answers_by_age ON answers (at);
            CREATE TABLE IF NOT EXISTS checkpoints (name TEXT PRIMARY KEY, position INTEGER NOT NULL) WITHOUT ROWID;
            """;
        command.ExecuteNonQuery();
        return new(connection, subjects, system, clock);
    }

    public async ValueTask<Reservation> BeginAsync(
        ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> body, UserId? caller, CancellationToken cancel = default)
    {
        var seal = await SealAsync(caller, cancel);
        lock (_lock)
        {
            if (Find(key, body, seal) is { } found) return found;
            var command = Guid.NewGuid();
            PurgeSometimes();
            Set(_begin, key.ToArray(), body.ToArray(), command.ToByteArray(bigEndian: true), _clock.GetUtcNow().ToUnixTimeMilliseconds());

            // Another process may have been faster; its row is the one that counts.
            return _begin.ExecuteNonQuery() == 1 ? new(new(command), IsSameBody: true, Answer: null) : Find(key, body, seal)!;
        }
    }

    public async ValueTask CompleteAsync(ReadOnlyMemory<byte> key, StoredAnswer answer, UserId? caller, CancellationToken cancel = default)
    {
        var seal = await SealAsync(caller, cancel);
        var content = JsonSerializer.SerializeToUtf8Bytes(answer, StoredAnswerJson.Default.StoredAnswer);
        var stored = new byte[content.Length + SubjectKey.Overhead];
        if (!seal.TrySeal(RandomNumberGenerator.GetBytes(SubjectKey.NonceSize), content, key.Span, stored)) return;
        lock (_lock)
        {
            Set(_complete, key.ToArray(), stored);
            _complete.ExecuteNonQuery();
        }
    }

    public ValueTask<LogPosition> LoadAsync(string name, CancellationToken cancel = default)
    {
        lock (_lock)
        {
            Set(_load, name);
            return new(_load.ExecuteScalar() is long position ? new(position) : LogPosition.Start);
        }
    }

    public ValueTask SaveAsync(string name, LogPosition position, CancellationToken cancel = default)
    {
        lock (_lock)
        {
            Set(_save, name, position.Value);
            _save.ExecuteNonQuery();
            return default;
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var command in new[] { _find, _begin, _complete, _load, _save }) command.Dispose();
            _connection.Dispose();
        }
    }

    private Reservation? Find(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> body, SubjectKey seal)
    {
        Set(_find, key.ToArray());
        using var row = _find.ExecuteReader();
        if (!row.Read()) return null;
        var command = new CommandId(new(row.GetFieldValue<byte[]>(0), bigEndian: true));
        if (!row.GetFieldValue<byte[]>(1).AsSpan().SequenceEqual(body.Span)) return new(command, IsSameBody: false, Answer: null);
        return new(command, IsSameBody: true, row.IsDBNull(2) ? null : Unseal(row.GetFieldValue<byte[]>(2), key.Span, seal));
    }

    private static StoredAnswer? Unseal(byte[] stored, ReadOnlySpan<byte> key, SubjectKey seal)
    {
        var content = new byte[stored.Length - SubjectKey.Overhead];
        return seal.Open(stored, key, content) is Opened.Clear
            ? JsonSerializer.Deserialize(content, StoredAnswerJson.Default.StoredAnswer)
            : null;
    }

    private void PurgeSometimes()
    {
        if (_begun++ % PurgeEvery != 0) return;
        using var purge = _connection.CreateCommand();
        purge.CommandText = "DELETE FROM answers WHERE at < $1";
        purge.Parameters.AddWithValue("$1", (_clock.GetUtcNow() - Kept).ToUnixTimeMilliseconds());
        purge.ExecuteNonQuery();
    }

    private async ValueTask<SubjectKey> SealAsync(UserId? caller, CancellationToken cancel)
    {
        if (caller is { } user) return await _subjects.GetOrCreateAsync(user, cancel);
        return _anonymous ??= new(new(Guid.Empty), (await _system.GetOrCreateSystemKeyAsync("idempotency", cancel)).Span);
    }

    private SqliteCommand Prepare(string sql, int parameters)
    {
        var command = _connection.CreateCommand();
        command.CommandText = sql;
        for (var i = 1; i <= parameters; i++) command.Parameters.Add(new() { ParameterName = $"${i}" });
        return command;
    }

    private static void Set(SqliteCommand command, params ReadOnlySpan<object> values)
    {
        for (var i = 0; i < values.Length; i++) command.Parameters[i].Value = values[i];
    }
}

[JsonSerializable(typeof(StoredAnswer))]
internal sealed partial class StoredAnswerJson : JsonSerializerContext;
