using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Cqrs.EventStore.Following;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.PersonalData;
using Cqrs.Notifications.Sms;
using Microsoft.Data.Sqlite;

namespace Cqrs.Notifications.Outbox;

/// <summary>One message as <c>/dev/outbox</c> shows it.</summary>
/// <param name="Channel"><c>sms</c> or <c>push</c>.</param>
/// <param name="To">A phone number, or a device token.</param>
public sealed record OutboxMessage(DateTimeOffset At, string Channel, string To, string Text)
{
    public override string ToString() => $"{Channel} message";
}

/// <summary>
/// Stands in for the senders where nothing is configured: keeps the newest messages, so that a developer sees what
/// would have gone out. Codes and numbers are sealed here as everywhere. Keeps the relay's checkpoint, too.
/// </summary>
public sealed class SqliteOutbox : ISmsSender, ICheckpointStore, IDisposable
{
    private const int Kept = 1_000;

    private readonly Lock _lock = new();
    private readonly SqliteConnection _connection;
    private readonly ISystemKeys _keys;
    private readonly TimeProvider _clock;
    private SubjectKey? _seal;

    private SqliteOutbox(SqliteConnection connection, ISystemKeys keys, TimeProvider clock) =>
        (_connection, _keys, _clock) = (connection, keys, clock);

    public static SqliteOutbox Open(string folder, ISystemKeys keys, TimeProvider clock)
    {
        SQLitePCL.Batteries_V2.Init();
        Directory.CreateDirectory(folder);
        var connection = new SqliteConnection($"Data Source={Path.Combine(folder, "outbox.db")};Pooling=False;Default Timeout=10");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = """
            PRAGMA journal_mode = WAL;
            PRAGMA synchronous = NORMAL;
            CREATE TABLE IF NOT EXISTS messages (number INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, message BLOB NOT NULL);
            CREATE TABLE IF NOT EXISTS checkpoints (name TEXT PRIMARY KEY, position INTEGER NOT NULL) WITHOUT ROWID;
            """;
        command.ExecuteNonQuery();
        return new(connection, keys, clock);
    }

    public async Task SendAsync(SmsMessage message, CancellationToken cancel)
    {
        var seal = await SealAsync(cancel);
        var id = message.Id.ToByteArray(bigEndian: true);
        var content = JsonSerializer.SerializeToUtf8Bytes(
            new OutboxMessage(_clock.GetUtcNow(), "sms", message.To, message.Text), OutboxJson.Default.OutboxMessage);
        var stored = new byte[content.Length + SubjectKey.Overhead];
        seal.TrySeal(RandomNumberGenerator.GetBytes(SubjectKey.NonceSize), content, id, stored);
        lock (_lock)
        {
            Run("INSERT INTO messages (id, message) VALUES ($1, $2) ON CONFLICT DO NOTHING", id, stored);
            Run("DELETE FROM messages WHERE number <= (SELECT max(number) FROM messages) - $1", Kept);
        }
    }

    /// <summary>The messages that are kept, newest last.</summary>
    public async Task<IReadOnlyList<OutboxMessage>> ListAsync(CancellationToken cancel)
    {
        var seal = await SealAsync(cancel);
        var messages = new List<OutboxMessage>();
        lock (_lock)
        {
            using var command = _connection.CreateCommand();
            command.CommandText = "SELECT id, message FROM messages ORDER BY number";
            using var row = command.ExecuteReader();
            while (row.Read())
            {
                var stored = row.GetFieldValue<byte[]>(1);
                var content = new byte[stored.Length - SubjectKey.Overhead];
                if (seal.Open(stored, row.GetFieldValue<byte[]>(0), content) is Opened.Clear)
                    messages.Add(JsonSerializer.Deserialize(content, OutboxJson.Default.OutboxMessage)!);
            }
        }

        return messages;
    }

    public ValueTask<LogPosition> LoadAsync(string name, CancellationToken cancel = default)
    {
        lock (_lock)
        {
            using var command = Command("SELECT position FROM checkpoints WHERE name = $1", name);
            return new(command.ExecuteScalar() is long position ? new(position) : LogPosition.Start);
        }
    }

    public ValueTask SaveAsync(string name, LogPosition position, CancellationToken cancel = default)
    {
        lock (_lock)
        {
            Run(
                "INSERT INTO checkpoints (name, position) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET position = excluded.position",
                name, position.Value);
            return default;
        }
    }

    public void Dispose()
    {
        lock (_lock) _connection.Dispose();
    }

    private async ValueTask<SubjectKey> SealAsync(CancellationToken cancel) =>
        _seal ??= new(new(Guid.Empty), (await _keys.GetOrCreateSystemKeyAsync("outbox", cancel)).Span);

    private void Run(string sql, params ReadOnlySpan<object> values)
    {
        using var command = Command(sql, values);
        command.ExecuteNonQuery();
    }

    private SqliteCommand Command(string sql, params ReadOnlySpan<object> values)
    {
        var command = _connection.CreateCommand();
        command.CommandText = sql;
        for (var i = 0; i < values.Length; i++) command.Parameters.AddWithValue($"${i + 1}", values[i]);
        return command;
    }
}

[JsonSerializable(typeof(OutboxMessage))]
internal sealed partial class OutboxJson : JsonSerializerContext;
