using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Cqrs.Domain.Identity;

namespace Cqrs.EventStore.Serialization;

/// <summary>A user id as a lower-case UUID.</summary>
internal sealed class UserIdConverter : JsonConverter<UserId>
{
    public override UserId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetGuid());

    public override void Write(Utf8JsonWriter writer, UserId value, JsonSerializerOptions options) => writer.WriteStringValue(value.Value);
}

/// <summary>A connection id as a lower-case UUID.</summary>
internal sealed class ConnectionIdConverter : JsonConverter<ConnectionId>
{
    public override ConnectionId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetGuid());

    public override void Write(Utf8JsonWriter writer, ConnectionId value, JsonSerializerOptions options) => writer.WriteStringValue(value.Value);
}

/// <summary>A command id as a lower-case UUID.</summary>
internal sealed class CommandIdConverter : JsonConverter<CommandId>
{
    public override CommandId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetGuid());

    public override void Write(Utf8JsonWriter writer, CommandId value, JsonSerializerOptions options) => writer.WriteStringValue(value.Value);
}

/// <summary>A moment as ISO 8601 in UTC with milliseconds: <c>2026-11-23T08:00:00.000Z</c>. What is finer is cut off.</summary>
internal sealed class UtcMillisecondsConverter : JsonConverter<DateTimeOffset>
{
    public static void Write(Utf8JsonWriter writer, DateTimeOffset value)
    {
        Span<byte> text = stackalloc byte[32];
        value.UtcDateTime.TryFormat(text, out var length, "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        writer.WriteStringValue(text[..length]);
    }

    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetDateTimeOffset();

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) => Write(writer, value);
}
