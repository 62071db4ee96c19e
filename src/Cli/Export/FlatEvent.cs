using System.Text.Json.Nodes;
using Cqrs.Cli.Events;
using Cqrs.Cli.Output;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Serialization;

namespace Cqrs.Cli.Export;

/// <summary>
/// One event as one row: what every event has, then a column for each field. A field with the name of one of the first is
/// called <c>data_{name}</c>, a field of a nested object <c>{object}_{name}</c>; if that name is taken too, a number
/// follows: <c>data_type_2</c>.
/// </summary>
internal sealed class FlatEvent
{
    /// <summary>What every event has.</summary>
    public static readonly IReadOnlyList<string> Columns =
        ["position", "created", "stream", "category", "version", "id", "type", "correlationId", "causationId", "commandId", "actor"];

    private FlatEvent(RecordedEvent recorded, EventMetadata? metadata, JsonObject data) => (Recorded, Metadata, Data) = (recorded, metadata, data);

    public RecordedEvent Recorded { get; }

    /// <summary>Null where the metadata are not readable as ours.</summary>
    public EventMetadata? Metadata { get; }

    /// <summary>As it may be shown. Where the event is no JSON object, only its size, under <c>bytes</c>.</summary>
    public JsonObject Data { get; }

    public string Created => EventRows.Time(Recorded.Created);

    public string Category => LogCategory.Of(Recorded.Stream).ToString();

    public string? CorrelationId => EventRows.Id(Metadata?.CorrelationId);

    public string? CausationId => EventRows.Id(Metadata?.CausationId);

    public string? CommandId => EventRows.Id(Metadata?.CommandId.Value);

    public string? Actor => EventRows.Actor(Metadata);

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
        CorrelationId, CausationId, CommandId, Actor,
    ];

    /// <summary>The fields with the names of their columns, each name once.</summary>
    public IReadOnlyList<(string Column, JsonNode? Value)> Fields()
    {
        var fields = Fields(Data, prefix: "").ToList();
        var names = UniqueNames.Of([.. fields.Select(field => field.Column)]);
        return [.. fields.Select((field, i) => (names[i], field.Value))];
    }

    private static IEnumerable<(string Column, JsonNode? Value)> Fields(JsonObject data, string prefix)
    {
        foreach (var (name, value) in data)
        {
            var column = prefix.Length == 0 ? ColumnOf(name) : prefix + name;
            if (value is not JsonObject { Count: > 0 } inner) yield return (column, value);
            else foreach (var field in Fields(inner, column + "_")) yield return field;
        }
    }
}
