using System.Globalization;
using System.Text.Json.Nodes;

namespace Cqrs.Cli.Output;

/// <summary>One row of a listing: names and values, in the order in which they are shown.</summary>
internal sealed record Row(IReadOnlyList<(string Name, JsonNode? Value)> Cells)
{
    public JsonObject ToJson()
    {
        var json = new JsonObject();
        foreach (var (name, value) in Cells) json[name] = value?.DeepClone();
        return json;
    }

    /// <summary>The value as people and spreadsheets read it: text without quotes, the rest as JSON; nothing for null.</summary>
    public static string Text(JsonNode? value) => value switch
    {
        null => "",
        JsonValue scalar when scalar.TryGetValue<string>(out var text) => text,
        JsonValue scalar when scalar.TryGetValue<long>(out var number) => number.ToString(CultureInfo.InvariantCulture),
        _ => value.ToJsonString(JsonText.Options),
    };
}
