using System.Globalization;
using System.Text.Json.Nodes;
using Cqrs.Cli.Output;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Serialization;

namespace Cqrs.Cli.Events;

/// <summary>Events as rows: short for people, with everything that is recorded for programs.</summary>
internal sealed class EventRows(PersonalFields personal)
{
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <summary>The row of a table; the columns that matter on a narrow terminal come first.</summary>
    public async ValueTask<Row> ShortAsync(RecordedEvent recorded, CancellationToken cancel) => new(
    [
        ("position", recorded.Position.Value),
        ("time", Time(recorded.Created)),
        ("type", recorded.Type),
        ("stream", $"{recorded.Stream}@{recorded.Version}"),
        ("data", await DataAsync(recorded, cancel)),
    ]);

    /// <summary>What programs get, and the columns that can be chosen.</summary>
    public async ValueTask<Row> WholeAsync(RecordedEvent recorded, CancellationToken cancel)
    {
        var metadata = MetadataOf(recorded);
        return new(
        [
            ("position", recorded.Position.Value),
            ("created", Time(recorded.Created)),
            ("stream", recorded.Stream),
            ("version", recorded.Version),
            ("id", recorded.Id.ToString()),
            ("type", recorded.Type),
            ("correlationId", Id(metadata?.CorrelationId)),
            ("causationId", Id(metadata?.CausationId)),
            ("commandId", Id(metadata?.CommandId.Value)),
            ("actor", Actor(metadata)),
            ("data", await DataAsync(recorded, cancel)),
        ]);
    }

    public static string Time(DateTimeOffset at) => at.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);

    /// <summary>An id of the metadata; null where the metadata have none.</summary>
    public static string? Id(Guid? id) => id is { } known && known != Guid.Empty ? known.ToString() : null;

    /// <summary>The acting user, or <c>system</c>; null when another program wrote the metadata, without a command.</summary>
    public static string? Actor(EventMetadata? metadata) =>
        Id(metadata?.CommandId.Value) is null ? metadata?.Actor?.ToString() : metadata!.Actor?.ToString() ?? "system";

    /// <returns>Null where the metadata are not readable as ours.</returns>
    public static EventMetadata? MetadataOf(RecordedEvent recorded)
    {
        try
        {
            return EventMetadata.Read(recorded.Metadata.Span);
        }
        catch (EventFormatException)
        {
            return null;
        }
    }

    // Data that are not readable JSON could contain anything; only their size is shown.
    private async ValueTask<JsonNode?> DataAsync(RecordedEvent recorded, CancellationToken cancel) =>
        await personal.ShowAsync(recorded, cancel) is { } data ? data : $"{recorded.Data.Length} bytes";
}
