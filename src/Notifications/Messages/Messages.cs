using System.Text;
using System.Text.Json.Serialization;
using Cqrs.Domain.Identity;

namespace Cqrs.Notifications.Messages;

// What goes over the bus. Ids only: whoever needs something personal reads it where it is sealed. Brokers and the
// deliveries keep these as JSON, and processes of two versions exchange them: fields are added, never changed.

/// <summary>Something that is to be done outside, once, under an id that is the same however often it is asked for.</summary>
public interface IMessage
{
    /// <summary>Derives from what asked for it: an event of the log, or a call.</summary>
    Guid Id { get; }
}

/// <summary>The code of this event is to be sent to the number of this event.</summary>
/// <param name="Stream">Where the event lies.</param>
/// <param name="Version">Its number there.</param>
/// <param name="EventId">Tells that it is the one that was meant.</param>
public sealed record SendSms(Guid Id, string Stream, long Version, Guid EventId) : IMessage;

/// <summary>A user is to be told something on each of his devices.</summary>
/// <param name="To">His user key, 22 characters.</param>
/// <param name="Kind">One of <see cref="Push.PushKinds"/>.</param>
/// <param name="Sender">The user key of the phone that asked for it; null where the log did.</param>
/// <param name="Connection">The connection that it is about; null where a phone asked for it.</param>
/// <param name="Data">What the phone wants to be passed on, sealed by <see cref="Push.PushDataSealer"/>; null for nothing.</param>
public sealed record SendPush(Guid Id, string To, string Kind, string? Sender, Guid? Connection, string? Data) : IMessage;

internal static class MessageIds
{
    /// <summary>The id of what an event asks for.</summary>
    /// <param name="what">Tells the messages of one event apart.</param>
    public static Guid Of(Guid @event, string what) => DerivedGuid.From("cqrs/message/v1\0"u8, @event, Encoding.UTF8.GetBytes(what));
}

[JsonSerializable(typeof(SendSms))]
[JsonSerializable(typeof(SendPush))]
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
internal sealed partial class MessagesJson : JsonSerializerContext;
