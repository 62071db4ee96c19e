using System.Text.Json.Nodes;

namespace Cqrs.Api.Description;

/// <summary>Short words for pieces of JSON.</summary>
internal static class Json
{
    public static JsonArray Array(IEnumerable<JsonNode?> items) => [.. items];

    public static JsonArray Strings(IEnumerable<string> items) => [.. items.Select(item => (JsonNode)item)];

    public static JsonObject Ref(string kind, string name) => new() { ["$ref"] = $"#/components/{kind}/{name}" };
}
