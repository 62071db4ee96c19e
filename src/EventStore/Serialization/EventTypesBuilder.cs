using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Cqrs.EventStore.Serialization;

/// <summary>Collects events and upcasters; <see cref="Build"/> refuses what does not fit together.</summary>
public sealed class EventTypesBuilder
{
    private readonly IJsonTypeInfoResolver _resolver;
    private readonly Dictionary<Type, string> _names = [];
    private readonly Dictionary<string, Type> _types = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string To, Func<JsonObject, JsonObject> Change)> _upcasts = new(StringComparer.Ordinal);
    private readonly List<JsonConverter> _converters = [];

    internal EventTypesBuilder(IJsonTypeInfoResolver resolver) => _resolver = resolver;

    /// <param name="name">Lower-case words and a version: <c>invite-sent.v1</c>.</param>
    /// <exception cref="ArgumentException">The name is not of that form, or name or type is there already.</exception>
    public EventTypesBuilder Add<TEvent>(string name)
        where TEvent : class
    {
        Claim(name);
        if (!_names.TryAdd(typeof(TEvent), name))
            throw new ArgumentException($"{typeof(TEvent).Name} is registered twice.", nameof(name));

        _types.Add(name, typeof(TEvent));
        return this;
    }

    /// <summary>
    /// Events stored as <paramref name="name"/> are read as <paramref name="to"/>, which may itself be upcast. Personal
    /// data pass through as objects: an upcaster may move or rename them, but not look into them.
    /// </summary>
    /// <exception cref="ArgumentException">The name is not of the right form, or is there already.</exception>
    public EventTypesBuilder Upcast(string name, Func<JsonObject, JsonObject> change, string to)
    {
        ArgumentNullException.ThrowIfNull(change);
        Claim(name);
        _upcasts.Add(name, (to, change));
        return this;
    }

    /// <summary>How a value type of the domain is written; it comes before the converters that are there anyway.</summary>
    public EventTypesBuilder With(JsonConverter converter)
    {
        _converters.Add(converter);
        return this;
    }

    /// <exception cref="ArgumentException">An upcaster leads nowhere, or in a circle.</exception>
    /// <exception cref="NotSupportedException">The resolver does not know one of the events.</exception>
    public EventTypes Build()
    {
        var options = EventTypes.Options(_resolver, _converters);
        var written = _names.ToDictionary(pair => pair.Key, pair => new EventTypes.Written(pair.Value, options.GetTypeInfo(pair.Key)));
        var stored = _types.ToDictionary(
            pair => pair.Key, pair => new EventTypes.Stored(written[pair.Value].Info, []), StringComparer.Ordinal);
        foreach (var name in _upcasts.Keys)
            stored.Add(name, Follow(name, written));

        return new(written, stored);
    }

    private EventTypes.Stored Follow(string name, Dictionary<Type, EventTypes.Written> written)
    {
        var changes = new List<Func<JsonObject, JsonObject>>();
        var now = name;
        while (_upcasts.TryGetValue(now, out var step))
        {
            if (changes.Count > _upcasts.Count)
                throw new ArgumentException($"The upcasters of '{name}' lead in a circle.", nameof(name));

            changes.Add(step.Change);
            now = step.To;
        }

        return _types.TryGetValue(now, out var type)
            ? new(written[type].Info, changes)
            : throw new ArgumentException($"'{name}' is upcast to '{now}', which is no event.", nameof(name));
    }

    private void Claim(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!IsName(name))
            throw new ArgumentException($"'{name}' is not of the form event-name.v1.", nameof(name));

        if (_types.ContainsKey(name) || _upcasts.ContainsKey(name))
            throw new ArgumentException($"'{name}' is registered twice.", nameof(name));
    }

    private static bool IsName(string name)
    {
        var dot = name.LastIndexOf(".v", StringComparison.Ordinal);
        return dot > 0
            && dot + 2 < name.Length
            && name.AsSpan(dot + 2).IndexOfAnyExceptInRange('0', '9') < 0
            && name.AsSpan(0, dot).ContainsAnyInRange('a', 'z')
            && name[..dot].All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');
    }
}
