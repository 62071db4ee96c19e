using System.Globalization;
using System.Text.Json.Nodes;
using Cqrs.Cli.Output;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Serialization;

namespace Cqrs.Cli.Events;

/// <summary>Events as rows: in short for people, with everything that is recorded for programs.</summary>
internal sealed class EventRows(PersonalFields personal)
{
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <summary>What a table shows; first what matters most where a terminal is narrow.</summary>
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
            ("correlationId", metadata?.CorrelationId.ToString()),
            ("causationId", metadata?.CausationId.ToString()),
            ("commandId", metadata?.CommandId.ToString()),
            ("actor", metadata is null ? null : metadata.Actor?.ToString() ?? "system"),
            ("data", await DataAsync(recorded, cancel)),
        ]);
    }

    public static string Time(DateTimeOffset at) => at.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);

    /// <returns>Null where another program wrote metadata of its own kind.</returns>
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

    // Data that are not JSON of this product may hold anything, also personal data: only their size is shown.
    private async ValueTask<JsonNode?> DataAsync(RecordedEvent recorded, CancellationToken cancel) =>
        await personal.ShowAsync(recorded, cancel) is { } data ? data : $"{recorded.Data.Length} bytes";
}
