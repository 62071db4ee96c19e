using System.Text.Json.Nodes;
using Cqrs.Cli.Events;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Serialization;

namespace Cqrs.Cli.Export;

/// <summary>
/// One event as one row: what every event has, then a column for each field. A field whose name is taken is called
/// <c>data_{name}</c>; a field of an object within the event <c>{object}_{name}</c>.
/// </summary>
internal sealed class FlatEvent
{
    /// <summary>What every event has.</summary>
    public static readonly IReadOnlyList<string> Columns =
        ["position", "created", "stream", "category", "version", "id", "type", "correlationId", "causationId", "commandId", "actor"];

    private FlatEvent(RecordedEvent recorded, EventMetadata? metadata, JsonObject data) => (Recorded, Metadata, Data) = (recorded, metadata, data);

    public RecordedEvent Recorded { get; }

    /// <summary>Null where another program wrote metadata of its own kind.</summary>
    public EventMetadata? Metadata { get; }

    /// <summary>As it may be shown. Where the event is no JSON object, only its size, under <c>bytes</c>.</summary>
    public JsonObject Data { get; }

    public string Created => EventRows.Time(Recorded.Created);

    public string Category => LogCategory.Of(Recorded.Stream).ToString();

    public string? Actor => Metadata is null ? null : Metadata.Actor?.ToString() ?? "system";

    public static async ValueTask<FlatEvent> OfAsync(RecordedEvent recorded, PersonalFields personal, CancellationToken cancel) => new(
        recorded, EventRows.MetadataOf(recorded), await personal.ShowAsync(recorded, cancel) ?? new JsonObject { ["bytes"] = recorded.Data.Length });

    public static string ColumnOf(string field) => Columns.Contains(field, StringComparer.OrdinalIgnoreCase) ? $"data_{field}" : field;

    /// <summary>The columns of all fields of all events that this program knows, in the order of the events' names.</summary>
    public static IReadOnlyList<string> FieldColumns(EventTypes types) =>
        [.. types.Names.SelectMany(types.FieldsOf).Select(field => ColumnOf(field.Name)).Distinct(StringComparer.Ordinal)];

    /// <summary>The values of <see cref="Columns"/>.</summary>
    public IEnumerable<JsonNode?> Values() =>
    [
        Recorded.Position.Value, Created, Recorded.Stream, Category, Recorded.Version, Recorded.Id.ToString(), Recorded.Type,
        Metadata?.CorrelationId.ToString(), Metadata?.CausationId.ToString(), Metadata?.CommandId.ToString(), Actor,
    ];

    public IEnumerable<(string Column, JsonNode? Value)> Fields() => Fields(Data, prefix: "");

    private static IEnumerable<(string Column, JsonNode? Value)> Fields(JsonObject data, string prefix)
    {
        foreach (var (name, value) in data)
        {
            var column = prefix.Length == 0 ? ColumnOf(name) : prefix + name;
            if (value is not JsonObject inner) yield return (column, value);
            else foreach (var field in Fields(inner, column + "_")) yield return field;
        }
    }
}
