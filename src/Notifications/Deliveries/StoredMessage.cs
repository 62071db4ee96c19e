using System.Text.Json;
using Cqrs.Notifications.Messages;

namespace Cqrs.Notifications.Deliveries;

/// <summary>Messages as they stand in a table: kind, JSON, and what makes two of them say the same.</summary>
internal static class StoredMessage
{
    private const string Sms = "sms";
    private const string Push = "push";

    public static string KindOf(IMessage message) => message switch
    {
        SendSms => Sms,
        SendPush => Push,
        _ => throw new ArgumentException($"Nobody delivers a {message.GetType().Name}.", nameof(message)),
    };

    public static string Write(IMessage message) => message switch
    {
        SendSms sms => JsonSerializer.Serialize(sms, MessagesJson.Default.SendSms),
        SendPush push => JsonSerializer.Serialize(push, MessagesJson.Default.SendPush),
        _ => throw new ArgumentException($"Nobody delivers a {message.GetType().Name}.", nameof(message)),
    };

    /// <returns>Null for what this version cannot read.</returns>
    public static IMessage? Read(string kind, string content)
    {
        try
        {
            return kind switch
            {
                Sms => JsonSerializer.Deserialize(content, MessagesJson.Default.SendSms),
                Push => JsonSerializer.Deserialize(content, MessagesJson.Default.SendPush),
                _ => null,
            };
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>
    /// Messages of the same topic say the same: only the newest is worth being told. Null for one that stands alone.
    /// </summary>
    public static string? TopicOf(IMessage message) =>
        message is SendPush push ? $"{push.To} {push.Kind} {push.Sender} {push.Connection}" : null;
}
