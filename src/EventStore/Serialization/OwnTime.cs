using System.Text.Json;

namespace Cqrs.EventStore.Serialization;

/// <summary>
/// The time that an event carries itself: <c>at</c> in its metadata. It stays the same in every copy of a log, while each
/// log that takes the event notes another time of its own.
/// </summary>
public static class OwnTime
{
    private const string Name = "at";

    /// <summary>Reads the time from stored metadata.</summary>
    /// <param name="metadata">Any bytes: other programs append events with metadata of their own.</param>
    /// <returns>UTC; null when the metadata hold no such time. Never throws.</returns>
    public static DateTimeOffset? Of(ReadOnlySpan<byte> metadata)
    {
        // Most metadata without a time do not hold the name at all, and need no parsing.
        if (metadata.IndexOf("\"at\""u8) < 0) return null;
        try
        {
            var reader = new Utf8JsonReader(metadata);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return null;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isTime = reader.ValueTextEquals(Name);
                if (!reader.Read()) return null;
                if (isTime && reader.TokenType == JsonTokenType.String && reader.TryGetDateTimeOffset(out var at) && at > default(DateTimeOffset))
                    return at.ToUniversalTime();
                reader.Skip();
            }
        }
        catch (JsonException)
        {
            // Not JSON, so nothing that this product wrote.
        }

        return null;
    }
}
