using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Cqrs.Domain.Identity;

namespace Cqrs.EventStore.Serialization;

/// <param name="IsPersonal">Stored as an object: sealed, or erased.</param>
public sealed record EventField(string Name, bool IsPersonal);

/// <summary>
/// Which records are events, and what each is called where it is stored. The names and the JSON are a storage format:
/// camel case; ids as lower-case UUIDs; moments in UTC with milliseconds; enums in kebab case; null left out; fields that
/// are not known passed over.
/// </summary>
public sealed class EventTypes
{
    // Not for HTML: what is stored reads as it was said.
    internal static readonly JsonWriterOptions WriterOptions = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    private readonly Dictionary<Type, Written> _written;
    private readonly Dictionary<string, Stored> _stored;

    internal EventTypes(Dictionary<Type, Written> written, Dictionary<string, Stored> stored) => (_written, _stored) = (written, stored);

    /// <summary>The names that new events are stored under, in order.</summary>
    public IReadOnlyList<string> Names => [.. _written.Values.Select(written => written.Name).Order(StringComparer.Ordinal)];

    /// <summary>The fields of the JSON that new events of this name are stored as, in their order.</summary>
    /// <exception cref="UnknownEventTypeException">Nobody registered the name.</exception>
    public IReadOnlyList<EventField> FieldsOf(string name) =>
        [.. Reading(name).Info.Properties.Select(property => new EventField(property.Name, property.PropertyType == typeof(Personal)))];

    /// <param name="resolver">A source-generated context that knows the events; without one reflection is used.</param>
    public static EventTypesBuilder Define(IJsonTypeInfoResolver? resolver = null) => new(resolver ?? new DefaultJsonTypeInfoResolver());

    /// <summary>What events of this type are stored as.</summary>
    /// <exception cref="ArgumentException">The type was never added.</exception>
    public string NameOf(Type type) => Writing(type).Name;

    internal Written Writing(Type type) => _written.TryGetValue(type, out var written)
        ? written
        : throw new ArgumentException($"{type.Name} is not registered as an event.", nameof(type));

    internal Stored Reading(string name) => _stored.TryGetValue(name, out var stored) ? stored : throw new UnknownEventTypeException(name);

    internal static JsonSerializerOptions Options(IJsonTypeInfoResolver resolver, IEnumerable<JsonConverter> converters)
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            Encoder = WriterOptions.Encoder,
            TypeInfoResolver = resolver.WithAddedModifier(PlacePersonalData).WithAddedModifier(RequireFields),
            RespectNullableAnnotations = true,
        };
        foreach (var converter in converters)
            options.Converters.Add(converter);

        options.Converters.Add(new UserIdConverter());
        options.Converters.Add(new ConnectionIdConverter());
        options.Converters.Add(new CommandIdConverter());
        options.Converters.Add(new UtcMillisecondsConverter());
        options.Converters.Add(new UnplacedPersonalConverter());
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false));
        options.MakeReadOnly();
        return options;
    }

    private static void PlacePersonalData(JsonTypeInfo info)
    {
        foreach (var property in info.Properties)
            if (property.PropertyType == typeof(Personal))
                property.CustomConverter = new PersonalConverter(property.Name);
    }

    // A parameter that is neither nullable nor optional is always written, so an event without it was written by other code.
    // RespectRequiredConstructorParameters would also require the nullable ones, which are left out when they are null.
    private static void RequireFields(JsonTypeInfo info)
    {
        foreach (var property in info.Properties)
            if (property.AssociatedParameter is { HasDefaultValue: false, IsNullable: false })
                property.IsRequired = true;
    }

    internal sealed record Written(string Name, JsonTypeInfo Info);

    /// <param name="Upcasters">To be applied in order before <paramref name="Info"/> can read it; mostly none.</param>
    internal sealed record Stored(JsonTypeInfo Info, IReadOnlyList<Func<JsonObject, JsonObject>> Upcasters);
}
