using System.Buffers;
using System.Text.Json;
using Cqrs.Domain.Identity;
using Cqrs.EventStore.Log;

namespace Cqrs.EventStore.Serialization;

/// <summary>
/// What is recorded beside each event:
/// <c>{"commandId", "$correlationId", "$causationId", "actor", "at", "traceParent"}</c>. Ids are lower-case UUIDs,
/// <c>actor</c> is a user id or <c>"system"</c>, <c>at</c> is UTC with milliseconds. EventStoreDB knows the two names
/// with a dollar sign.
/// </summary>
/// <param name="CommandId">The command that appended the event.</param>
/// <param name="CorrelationId">What began it all; the same for everything that followed from one request.</param>
/// <param name="CausationId">The command or event that directly led to this one.</param>
/// <param name="Actor">The user who acted; null is the system itself.</param>
/// <param name="At">When it was decided.</param>
/// <param name="TraceParent">W3C trace context, if there was a trace.</param>
public sealed record EventMetadata(
    CommandId CommandId, Guid CorrelationId, Guid CausationId, UserId? Actor, DateTimeOffset At, string? TraceParent = null)
{
    private const string SystemActor = "system";

    /// <summary>The JSON to store.</summary>
    public ReadOnlyMemory<byte> ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>(320);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("commandId"u8, CommandId.Value);
            writer.WriteString("$correlationId"u8, CorrelationId);
            writer.WriteString("$causationId"u8, CausationId);
            if (Actor is { } user)
                writer.WriteString("actor"u8, user.Value);
            else
                writer.WriteString("actor"u8, SystemActor);

            writer.WritePropertyName("at"u8);
            UtcMillisecondsConverter.Write(writer, At);
            if (TraceParent is not null)
                writer.WriteString("traceParent"u8, TraceParent);

            writer.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    /// <summary>Reads stored JSON; fields that are not known are passed over, fields that are not there are empty.</summary>
    /// <exception cref="EventFormatException">It is no such JSON.</exception>
    public static EventMetadata Read(ReadOnlySpan<byte> json)
    {
        var (command, correlation, causation, at) = (default(Guid), default(Guid), default(Guid), default(DateTimeOffset));
        UserId? actor = null;
        string? trace = null;
        if (json.IsEmpty)
            return new(new(command), correlation, causation, actor, at, trace);

        try
        {
            var reader = new Utf8JsonReader(json);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                throw new JsonException();

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("commandId"u8))
                    command = NextGuid(ref reader);
                else if (reader.ValueTextEquals("$correlationId"u8))
                    correlation = NextGuid(ref reader);
                else if (reader.ValueTextEquals("$causationId"u8))
                    causation = NextGuid(ref reader);
                else if (reader.ValueTextEquals("actor"u8))
                    actor = NextActor(ref reader);
                else if (reader.ValueTextEquals("at"u8) && reader.Read())
                    at = reader.GetDateTimeOffset();
                else if (reader.ValueTextEquals("traceParent"u8) && reader.Read())
                    trace = reader.GetString();
                else
                    reader.Skip();
            }
        }
        catch (Exception failed) when (failed is JsonException or FormatException or InvalidOperationException)
        {
            throw new EventFormatException(EventFormatException.Unreadable, "An event's metadata are not readable.", failed);
        }

        return new(new(command), correlation, causation, actor, at, trace);
    }

    /// <summary>
    /// When the event happened, by the clock of the process that decided it. A log that an earlier version wrote may hold
    /// the time of a copy as <see cref="RecordedEvent.Created"/>.
    /// </summary>
    public static DateTimeOffset TimeOf(RecordedEvent recorded) => OwnTime.Of(recorded.Metadata.Span) ?? recorded.Created;

    private static Guid NextGuid(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.GetGuid();
    }

    private static UserId? NextActor(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.TokenType == JsonTokenType.Null || reader.ValueTextEquals("system"u8) ? null : new(reader.GetGuid());
    }
}
