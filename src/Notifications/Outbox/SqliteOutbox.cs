using System.Text.Json;
using System.Text.Json.Serialization;
using Cqrs.EventStore.PersonalData;
using Cqrs.EventStore.Tables;
using Cqrs.Notifications.Push;
using Cqrs.Notifications.Sms;

namespace Cqrs.Notifications.Outbox;

/// <summary>One message as <c>/dev/outbox</c> shows it.</summary>
/// <param name="Channel"><c>sms</c> or <c>push</c>.</param>
/// <param name="To">A phone number, or a device token.</param>
/// <param name="Data">What the app is given with a push.</param>
public sealed record OutboxMessage(
    DateTimeOffset At, string Channel, string To, string Text, IReadOnlyDictionary<string, string>? Data = null)
{
    public override string ToString() => $"{Channel} message";
}

/// <summary>
/// Stands in for the senders where nothing is configured: keeps the newest messages, so that a developer sees what
/// would have gone out. Codes, numbers and tokens are sealed here as everywhere. A message whose id it has is not taken
/// again.
/// </summary>
public sealed class SqliteOutbox : ISmsSender, IPushSender, IDisposable
{
    private const int Kept = 1_000;

    private readonly Lock _lock = new();
    private readonly SqliteTables _tables;
    private readonly ISystemKeys _keys;
    private readonly TimeProvider _clock;
    private SubjectKey? _seal;

    private SqliteOutbox(SqliteTables tables, ISystemKeys keys, TimeProvider clock) => (_tables, _keys, _clock) = (tables, keys, clock);

    public static SqliteOutbox Open(string folder, ISystemKeys keys, TimeProvider clock) => new(
        SqliteTables.Open(folder, "outbox.db", """
            CREATE TABLE IF NOT EXISTS messages (number INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, message BLOB NOT NULL);
            """),
        keys, clock);

    public bool RecognisesRepeats => true;

    public async Task<SmsOutcome> SendAsync(SmsMessage message, CancellationToken cancel)
    {
        await KeepAsync(message.Id, new(_clock.GetUtcNow(), "sms", message.To, message.Text), cancel);
        return SmsOutcome.Sent;
    }

    public async Task<PushOutcome> SendAsync(PushNotification push, CancellationToken cancel)
    {
        await KeepAsync(push.Id, new(_clock.GetUtcNow(), "push", push.Token, push.Text, push.Data), cancel);
        return PushOutcome.Sent;
    }

    /// <summary>The messages that are kept, newest last.</summary>
    public async Task<IReadOnlyList<OutboxMessage>> ListAsync(CancellationToken cancel)
    {
        var seal = await SealAsync(cancel);
        var messages = new List<OutboxMessage>();
        lock (_lock)
        {
            using var row = _tables.Query("SELECT id, message FROM messages ORDER BY number");
            while (row.Read())
            {
                if (seal.TryOpen(row.Blob(1), row.Blob(0)) is { } content)
                    messages.Add(JsonSerializer.Deserialize(content, OutboxJson.Default.OutboxMessage)!);
            }
        }

        return messages;
    }

    public void Dispose()
    {
        lock (_lock) _tables.Dispose();
    }

    private async ValueTask KeepAsync(Guid id, OutboxMessage message, CancellationToken cancel)
    {
        var seal = await SealAsync(cancel);
        var key = id.ToByteArray(bigEndian: true);
        var stored = seal.Seal(JsonSerializer.SerializeToUtf8Bytes(message, OutboxJson.Default.OutboxMessage), key);
        lock (_lock)
        {
            _tables.Run("INSERT INTO messages (id, message) VALUES ($1, $2) ON CONFLICT DO NOTHING", key, stored);
            _tables.Run("DELETE FROM messages WHERE number <= (SELECT max(number) FROM messages) - $1", Kept);
        }
    }

    private async ValueTask<SubjectKey> SealAsync(CancellationToken cancel) =>
        _seal ??= new(new(Guid.Empty), (await _keys.GetOrCreateSystemKeyAsync("outbox", cancel)).Span);
}

[JsonSerializable(typeof(OutboxMessage))]
internal sealed partial class OutboxJson : JsonSerializerContext;
