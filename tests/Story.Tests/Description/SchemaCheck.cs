using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Cqrs.Story.Tests.Description;

/// <summary>
/// Checks a value against a schema of the document: the words of JSON Schema that the document uses, and no others.
/// Stricter in one thing: fields that the schema does not name are faults.
/// </summary>
internal sealed class SchemaCheck(DescribedServer server)
{
    private static readonly HashSet<string> Known = new(StringComparer.Ordinal)
    {
        "$ref", "type", "format", "description", "required", "properties", "additionalProperties", "items", "enum", "pattern",
        "minLength", "maxLength", "minimum", "maximum",
    };

    public IReadOnlyList<string> Faults(JsonNode? value, JsonNode schema)
    {
        var faults = new List<string>();
        Check(value, schema, "$", faults);
        return faults;
    }

    private void Check(JsonNode? value, JsonNode reference, string at, List<string> faults)
    {
        var schema = server.Resolve(reference);
        faults.AddRange(schema.Select(word => word.Key).Where(word => !Known.Contains(word)).Select(word => $"{at}: '{word}' cannot be checked"));
        var types = schema["type"] switch
        {
            JsonArray several => several.Select(type => (string)type!).ToList(),
            { } one => [(string)one!],
            null => [],
        };
        if (!types.Contains(TypeOf(value)))
        {
            faults.Add($"{at}: is {TypeOf(value)}, not {string.Join(" or ", types)}");
            return;
        }

        if (schema["enum"] is JsonArray values && !values.Any(one => JsonNode.DeepEquals(one, value))) faults.Add($"{at}: {value} is none of {values.ToJsonString()}");
        switch (value)
        {
            case JsonObject fields:
                CheckObject(fields, schema, at, faults);
                break;
            case JsonArray items:
                for (var i = 0; i < items.Count; i++) Check(items[i], schema["items"]!, $"{at}[{i}]", faults);
                break;
            case JsonValue text when TypeOf(value) == "string":
                CheckText((string)text!, schema, at, faults);
                break;
            case JsonValue number when TypeOf(value) == "integer":
                var amount = (long)number;
                if (amount < ((long?)schema["minimum"] ?? long.MinValue) || amount > ((long?)schema["maximum"] ?? long.MaxValue)) faults.Add($"{at}: {amount} is out of range");
                break;
        }
    }

    private void CheckObject(JsonObject fields, JsonObject schema, string at, List<string> faults)
    {
        foreach (var name in schema["required"]?.AsArray() ?? [])
        {
            if (!fields.ContainsKey((string)name!)) faults.Add($"{at}: {name} is missing");
        }

        foreach (var (name, value) in fields)
        {
            if ((schema["properties"]?[name] ?? schema["additionalProperties"]) is { } inner) Check(value, inner, $"{at}.{name}", faults);
            else faults.Add($"{at}: {name} is not described");
        }
    }

    private static void CheckText(string text, JsonObject schema, string at, List<string> faults)
    {
        if (text.Length < ((int?)schema["minLength"] ?? 0) || text.Length > ((int?)schema["maxLength"] ?? int.MaxValue)) faults.Add($"{at}: has {text.Length} characters");
        if ((string?)schema["pattern"] is { } pattern && !Regex.IsMatch(text, pattern, RegexOptions.ECMAScript)) faults.Add($"{at}: '{text}' does not match {pattern}");
        var isFormed = (string?)schema["format"] switch
        {
            null => true,
            "uuid" => Guid.TryParseExact(text, "D", out _),
            "date-time" => text.EndsWith('Z') && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out _),
            "binary" => true,
            "uri" => Uri.TryCreate(text, UriKind.Absolute, out _),
            _ => false,
        };
        if (!isFormed) faults.Add($"{at}: '{text}' is no {schema["format"]}");
    }

    private static string TypeOf(JsonNode? value) => value?.GetValueKind() switch
    {
        null => "null",
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "array",
        JsonValueKind.String => "string",
        JsonValueKind.True or JsonValueKind.False => "boolean",
        JsonValueKind.Number when value.AsValue().TryGetValue<long>(out _) => "integer",
        _ => "number",
    };
}
