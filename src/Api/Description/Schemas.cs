using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cqrs.Api.Http;
using Cqrs.Domain.Connections;

namespace Cqrs.Api.Description;

/// <summary>
/// Schemas of the records that go in and out, from their constructors, and from <see cref="Fields"/> what types do not
/// tell. A field that may be null is optional; in requests, where all may be, only what Fields names so.
/// </summary>
internal sealed class Schemas
{
    private readonly SortedDictionary<string, JsonObject> _components = new(StringComparer.Ordinal);

    /// <summary>The schema of a type; for a record or an enumeration a reference.</summary>
    public JsonObject Of(Type type)
    {
        if (type == typeof(string)) return Simple("string");
        if (type == typeof(Stream)) return Simple("string", "binary");
        if (type == typeof(bool)) return Simple("boolean");
        if (type == typeof(int)) return Simple("integer", "int32");
        if (type == typeof(long)) return Simple("integer", "int64");
        if (type == typeof(Guid)) return Simple("string", "uuid");
        if (type == typeof(DateTimeOffset)) return Simple("string", "date-time");
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>))
            return new() { ["type"] = "array", ["items"] = Of(type.GetGenericArguments()[0]) };
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>))
            return new() { ["type"] = "object", ["additionalProperties"] = Of(type.GetGenericArguments()[1]) };

        var name = NameOf(type);
        if (!_components.ContainsKey(name))
        {
            _components[name] = [];
            _components[name] = type.IsEnum ? Enumeration(type) : Record(type, name);
        }

        return Json.Ref("schemas", name);
    }

    public JsonObject Components() => new(_components.Select(schema => KeyValuePair.Create<string, JsonNode?>(schema.Key, schema.Value)));

    public static string NameOf(Type type) =>
        type == typeof(ProblemBody) ? "Problem" : type == typeof(ConnectionView) ? "ConnectionState" : type.Name;

    /// <summary>The fields that a body must have.</summary>
    public static IEnumerable<string> Required(Type type) =>
        ParametersOf(type).Where(parameter => !IsOptional(parameter, type)).Select(JsonName);

    private JsonObject Record(Type type, string name)
    {
        var properties = new JsonObject();
        foreach (var parameter in ParametersOf(type))
        {
            var schema = Of(Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType);
            Fields.Find(name, JsonName(parameter))?.ApplyTo(schema);
            if (IsRequest(type) && IsOptional(parameter, type) && schema["type"] is { } only) schema["type"] = Json.Strings([(string)only!, "null"]);
            properties[JsonName(parameter)] = schema;
        }

        return new() { ["type"] = "object", ["required"] = Json.Strings(Required(type)), ["properties"] = properties };
    }

    private static JsonObject Enumeration(Type type)
    {
        var schema = new JsonObject { ["type"] = "string", ["enum"] = Json.Strings(Enum.GetNames(type).Select(JsonNamingPolicy.CamelCase.ConvertName)) };
        Fields.Find(NameOf(type), "")?.ApplyTo(schema);
        return schema;
    }

    private static ParameterInfo[] ParametersOf(Type type) => type.GetConstructors().Single().GetParameters();

    private static bool IsOptional(ParameterInfo parameter, Type type) => IsRequest(type)
        ? Fields.Find(NameOf(type), JsonName(parameter)) is { IsOptional: true }
        : new NullabilityInfoContext().Create(parameter).ReadState == NullabilityState.Nullable;

    private static bool IsRequest(Type type) => type.Name.EndsWith("Request", StringComparison.Ordinal);

    private static string JsonName(ParameterInfo parameter) => JsonNamingPolicy.CamelCase.ConvertName(parameter.Name!);

    private static JsonObject Simple(string type, string? format = null)
    {
        var schema = new JsonObject { ["type"] = type };
        if (format is not null) schema["format"] = format;
        return schema;
    }
}
