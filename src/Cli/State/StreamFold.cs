using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Cqrs.Cli.Events;
using Cqrs.Domain.Connections;
using Cqrs.Domain.Decisions;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Users;
using Cqrs.EventStore.Log;

namespace Cqrs.Cli.State;

/// <summary>Folds a stream with the very functions that decisions are made on, and shows the state as JSON.</summary>
internal abstract class StreamFold
{
    private static readonly JsonSerializerOptions Masked = Options(inClear: false);

    private static readonly JsonSerializerOptions Clear = Options(inClear: true);

    /// <param name="inClear">Personal data are shown, too; the request for them is on record.</param>
    /// <returns>Null for a stream of a category that no rule folds.</returns>
    public static StreamFold? For(string stream, bool inClear) => LogCategory.Of(stream) switch
    {
        StreamNames.Users => new Of<User>(User.Initial, static (state, e) => state.Evolve(e), inClear),
        StreamNames.Connections => new Of<Connection>(Connection.Initial, static (state, e) => state.Evolve(e), inClear),
        StreamNames.Phones => new Of<PhoneOwnership>(PhoneOwnership.Initial, static (state, e) => state.Evolve(e), inClear),
        _ => null,
    };

    public abstract void Apply(object @event);

    public abstract JsonObject State();

    private static JsonSerializerOptions Options(bool inClear) => new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { LeaveOutWhatIsNotSet } },
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase), new PersonalText(inClear), new IdText<UserId>(), new IdText<ConnectionId>() },
    };

    // The year 1 and an id of zeros stand for "not set"; read as values they would be wrong.
    private static void LeaveOutWhatIsNotSet(JsonTypeInfo type)
    {
        foreach (var property in type.Properties)
        {
            // Compared by year: some times are computed by adding a duration to one that is not set.
            if (property.PropertyType == typeof(DateTimeOffset)) property.ShouldSerialize = static (_, value) => ((DateTimeOffset)value!).Year > 1;
            else if (property.PropertyType == typeof(Guid) || property.PropertyType == typeof(UserId) || property.PropertyType == typeof(ConnectionId))
            {
                var notSet = Activator.CreateInstance(property.PropertyType);
                property.ShouldSerialize = (_, value) => !Equals(value, notSet);
            }
        }
    }

    private sealed class Of<TState>(TState initial, Func<TState, IDomainEvent, TState> evolve, bool inClear) : StreamFold
    {
        private TState _state = initial;

        public override void Apply(object @event) => _state = evolve(_state, (IDomainEvent)@event);

        public override JsonObject State() => (JsonObject)JsonSerializer.SerializeToNode(_state, inClear ? Clear : Masked)!;
    }

    private sealed class PersonalText(bool inClear) : JsonConverter<Personal>
    {
        public override Personal Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            throw new NotSupportedException("States are shown, not read.");

        public override void Write(Utf8JsonWriter writer, Personal value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.Text is not { } text ? PersonalFields.Erased : inClear ? text : PersonalFields.Masked);
    }

    private sealed class IdText<TId> : JsonConverter<TId>
        where TId : struct
    {
        public override TId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            throw new NotSupportedException("States are shown, not read.");

        public override void Write(Utf8JsonWriter writer, TId value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
    }
}
