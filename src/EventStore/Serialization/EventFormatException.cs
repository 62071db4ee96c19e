namespace Cqrs.EventStore.Serialization;

/// <summary>A stored event cannot be read. <see cref="Code"/> is stable.</summary>
public class EventFormatException(string code, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The event's type is not registered, nor is there an upcaster from it.</summary>
    public const string UnknownType = "unknown-event-type";

    /// <summary>Data or metadata are not the JSON that the type calls for.</summary>
    public const string Unreadable = "event-unreadable";

    public string Code { get; } = code;
}

/// <summary>An event whose type nobody registered: written by a newer version, or by somebody else.</summary>
public sealed class UnknownEventTypeException(string type)
    : EventFormatException(UnknownType, $"Event type '{type}' is not known to this version.")
{
    public string Type { get; } = type;
}
