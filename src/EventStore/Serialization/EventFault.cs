using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.PersonalData;

namespace Cqrs.EventStore.Serialization;

/// <summary>
/// Describes why a stored event cannot be decoded: position, stream, type and field. Never a value, because values may be
/// personal data.
/// </summary>
internal static class EventFault
{
    /// <param name="json">The stored data, after upcasting.</param>
    /// <param name="info">What the type requires; null where an upcaster failed, because older types have other fields.</param>
    public static EventFormatException OfData(RecordedEvent recorded, ReadOnlySpan<byte> json, JsonTypeInfo? info, Exception failure) => new(
        EventFormatException.Unreadable, $"{Name(recorded)} cannot be decoded: {ReasonOf(json, info, failure)}.", failure);

    public static EventFormatException OfMetadata(RecordedEvent recorded, EventFormatException failure) => new(
        failure.Code, $"{Name(recorded)} cannot be decoded: its metadata are not readable.", failure);

    public static PersonalDataException OfPersonalData(RecordedEvent recorded, PersonalDataException failure) => new(
        failure.Code, $"{Name(recorded)}: {failure.Message}", failure);

    private static string Name(RecordedEvent recorded) =>
        string.Create(null, $"Event {recorded.Position.Value} of the log, '{recorded.Type}', version {recorded.Version} of stream '{recorded.Stream}',");

    private static string ReasonOf(ReadOnlySpan<byte> json, JsonTypeInfo? info, Exception failure)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            using var data = JsonDocument.ParseValue(ref reader);
            if (data.RootElement.ValueKind != JsonValueKind.Object) return "its data are not a JSON object";
            if (MissingFrom(data.RootElement, info) is { Count: > 0 } missing) return $"required field '{string.Join("', '", missing)}' is missing";
            var path = (failure as JsonException)?.Path?.TrimStart('$').TrimStart('.');
            return string.IsNullOrEmpty(path) ? "its data do not have the form of this type" : $"field '{path}' is missing or has no valid value";
        }
        catch (JsonException)
        {
            return "its data are not valid JSON";
        }
    }

    private static List<string> MissingFrom(JsonElement data, JsonTypeInfo? info) =>
        info is null ? [] : [.. info.Properties.Where(property => property.IsRequired && !data.TryGetProperty(property.Name, out _)).Select(property => property.Name)];
}
