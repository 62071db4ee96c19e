using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Cqrs.Domain.Identity;

namespace Cqrs.EventStore.Serialization;

internal static class IdReading
{
    /// <summary>The UUID that the reader is at. The empty UUID is refused: it is what a lost id looks like, and names nothing.</summary>
    public static Guid GetIdOrThrow(this ref Utf8JsonReader reader) =>
        reader.GetGuid() is var id && id != Guid.Empty ? id : throw new JsonException();
}

/// <summary>A user id as a lower-case UUID.</summary>
internal sealed class UserIdConverter : JsonConverter<UserId>
{
    public override UserId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetIdOrThrow());

    public override void Write(Utf8JsonWriter writer, UserId value, JsonSerializerOptions options) => writer.WriteStringValue(value.Value);
}

/// <summary>A connection id as a lower-case UUID.</summary>
internal sealed class ConnectionIdConverter : JsonConverter<ConnectionId>
{
    public override ConnectionId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetIdOrThrow());

    public override void Write(Utf8JsonWriter writer, ConnectionId value, JsonSerializerOptions options) => writer.WriteStringValue(value.Value);
}

/// <summary>A command id as a lower-case UUID.</summary>
internal sealed class CommandIdConverter : JsonConverter<CommandId>
{
    public override CommandId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetIdOrThrow());

    public override void Write(Utf8JsonWriter writer, CommandId value, JsonSerializerOptions options) => writer.WriteStringValue(value.Value);
}

/// <summary>A moment as ISO 8601 in UTC with milliseconds: <c>2026-11-23T08:00:00.000Z</c>. What is finer is cut off.</summary>
public sealed class UtcMillisecondsConverter : JsonConverter<DateTimeOffset>
{
    private const int UpToMilliseconds = 23;

    public static void Write(Utf8JsonWriter writer, DateTimeOffset value)
    {
        // Cut out of the round-trip format, which is written many times faster than one of our own.
        Span<byte> text = stackalloc byte[32];
        value.UtcDateTime.TryFormat(text, out _, "O", CultureInfo.InvariantCulture);
        text[UpToMilliseconds] = (byte)'Z';
        writer.WriteStringValue(text[..(UpToMilliseconds + 1)]);
    }

    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetDateTimeOffset();

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) => Write(writer, value);
}
