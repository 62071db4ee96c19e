using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.PersonalData;

namespace Cqrs.EventStore.Serialization;

/// <summary>An event read from the log.</summary>
/// <param name="Recorded">As it is stored.</param>
/// <param name="Event">The domain's record; personal data in clear, or erased.</param>
public sealed record DecodedEvent(RecordedEvent Recorded, object Event, EventMetadata Metadata);

/// <summary>
/// Turns the domain's events into what the log stores, and back; personal data are sealed on the way in and opened on
/// the way out. Answers at once, without leaving the thread, when the keys were used lately.
/// </summary>
public sealed class EventCodec(EventTypes types, ISubjectKeys keys, INonces? nonces = null)
{
    private readonly INonces _nonces = nonces ?? RandomNonces.Shared;

    public EventTypes Types { get; } = types;

    /// <summary>
    /// The events of one command for one stream, with ids that derive from the command's. Answers when the keys they
    /// are sealed under are durable.
    /// </summary>
    /// <param name="firstIndex">Which of the command's events for this stream is the first of these.</param>
    /// <exception cref="SubjectForgottenException">An event holds personal data of somebody who has been forgotten.</exception>
    public async ValueTask<IReadOnlyList<EventToAppend>> EncodeAsync(
        string stream, IReadOnlyList<object> events, EventMetadata metadata, int firstIndex = 0, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(events);
        ArgumentNullException.ThrowIfNull(metadata);
        var encoded = new EventToAppend[events.Count];
        var json = metadata.ToJson();

        // All are begun before any is awaited: new users' keys then share one commit.
        var begun = new ValueTask<EventToAppend>[events.Count];
        for (var i = 0; i < begun.Length; i++)
            begun[i] = EncodeAsync(stream, metadata.CommandId.EventId(stream, firstIndex + i), events[i], json, cancel);

        for (var i = 0; i < begun.Length; i++)
            encoded[i] = await begun[i];

        return encoded;
    }

    /// <summary>One event, under an id of the caller's choice.</summary>
    /// <inheritdoc cref="EncodeAsync(string, IReadOnlyList{object}, EventMetadata, int, CancellationToken)"/>
    public ValueTask<EventToAppend> EncodeAsync(
        string stream, Guid id, object @event, EventMetadata metadata, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        return EncodeAsync(stream, id, @event, metadata.ToJson(), cancel);
    }

    /// <exception cref="UnknownEventTypeException">The type is not registered.</exception>
    /// <exception cref="EventFormatException">Data or metadata are not readable.</exception>
    /// <exception cref="PersonalDataException">
    /// A sealed value was changed, or belongs to another stream, type or field; or its key is lost.
    /// </exception>
    public ValueTask<DecodedEvent> DecodeAsync(RecordedEvent recorded, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(recorded);
        var decoded = Decode(recorded, atHand: null, cancel, out var waiting);
        return waiting is null ? new(decoded) : DecodeSlowlyAsync(recorded, waiting, cancel);
    }

    /// <summary>A page of events; each user's key is looked up once.</summary>
    /// <inheritdoc cref="DecodeAsync(RecordedEvent, CancellationToken)"/>
    public ValueTask<IReadOnlyList<DecodedEvent>> DecodeAsync(IReadOnlyList<RecordedEvent> recorded, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(recorded);
        var decoded = new DecodedEvent[recorded.Count];
        var atHand = new KeysAtHand();
        List<int>? again = null;
        for (var i = 0; i < decoded.Length; i++)
        {
            var awaited = atHand.Lacking;
            decoded[i] = Decode(recorded[i], atHand, cancel, out _);
            if (atHand.Lacking != awaited)
                (again ??= []).Add(i);
        }

        return again is null ? new(decoded) : SlowAsync(again);

        async ValueTask<IReadOnlyList<DecodedEvent>> SlowAsync(List<int> again)
        {
            await atHand.ArriveAsync();
            foreach (var i in again)
                decoded[i] = Decode(recorded[i], atHand, cancel, out _);

            return decoded;
        }
    }

    /// <summary>
    /// A page of events for those who keep personal data sealed as the log does: their text is what
    /// <see cref="PersonalSealer.OpenCarriedAsync"/> opens. Metadata are not read.
    /// </summary>
    /// <inheritdoc cref="DecodeAsync(RecordedEvent, CancellationToken)"/>
    public async ValueTask<IReadOnlyList<object>> DecodeCarriedAsync(
        IReadOnlyList<RecordedEvent> recorded, Carrying carrying, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(recorded);
        ArgumentNullException.ThrowIfNull(carrying);
        var decoded = new object[recorded.Count];
        var atHand = new KeysAtHand();
        List<int>? again = null;
        for (var i = 0; i < decoded.Length; i++)
        {
            var awaited = atHand.Lacking;
            decoded[i] = DecodeData(recorded[i], atHand, cancel, out _, carrying: carrying);
            if (atHand.Lacking != awaited)
                (again ??= []).Add(i);
        }

        if (again is null)
            return decoded;

        await atHand.ArriveAsync();
        foreach (var i in again)
            decoded[i] = DecodeData(recorded[i], atHand, cancel, out _, carrying: carrying);

        return decoded;
    }

    /// <summary>
    /// The event with all personal data erased, for those who only follow what happened: no key is asked for, nothing
    /// is decrypted.
    /// </summary>
    /// <exception cref="UnknownEventTypeException">The type is not registered.</exception>
    /// <exception cref="EventFormatException">Data or metadata are not readable.</exception>
    public object DecodeErased(RecordedEvent recorded)
    {
        ArgumentNullException.ThrowIfNull(recorded);
        return DecodeData(recorded, atHand: null, CancellationToken.None, out _, opensPersonal: false);
    }

    private ValueTask<EventToAppend> EncodeAsync(
        string stream, Guid id, object @event, ReadOnlyMemory<byte> metadata, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(@event);
        var written = Types.Writing(@event.GetType());
        var data = Write(stream, written, @event, atHand: null, cancel, out var waiting);
        return waiting is null
            ? new(new EventToAppend(id, written.Name, data, metadata))
            : EncodeSlowlyAsync(stream, id, @event, metadata, waiting, cancel);
    }

    // Again and again, for a key that was at hand in one pass may have to be waited for in the next.
    private async ValueTask<EventToAppend> EncodeSlowlyAsync(
        string stream, Guid id, object @event, ReadOnlyMemory<byte> metadata, KeysAtHand atHand, CancellationToken cancel)
    {
        var written = Types.Writing(@event.GetType());
        while (true)
        {
            await atHand.ArriveAsync();
            var data = Write(stream, written, @event, atHand, cancel, out var waiting);
            if (waiting is null)
                return new(id, written.Name, data, metadata);
        }
    }

    private async ValueTask<DecodedEvent> DecodeSlowlyAsync(RecordedEvent recorded, KeysAtHand atHand, CancellationToken cancel)
    {
        while (true)
        {
            await atHand.ArriveAsync();
            var decoded = Decode(recorded, atHand, cancel, out var waiting);
            if (waiting is null)
                return decoded;
        }
    }

    private byte[] Write(
        string stream, EventTypes.Written written, object @event, KeysAtHand? atHand, CancellationToken cancel, out KeysAtHand? waiting)
    {
        waiting = null;
        var pass = SealingPass.Begin(stream, written.Name, keys, atHand, cancel, _nonces);
        try
        {
            var writer = pass.StartWriting();
            JsonSerializer.Serialize(writer, @event, written.Info);
            writer.Flush();
        }
        finally
        {
            waiting = pass.End();
        }

        return waiting is null ? pass.TakeBytes() : [];
    }

    private DecodedEvent Decode(RecordedEvent recorded, KeysAtHand? atHand, CancellationToken cancel, out KeysAtHand? waiting)
    {
        var metadata = ReadMetadata(recorded);
        return new(recorded, DecodeData(recorded, atHand, cancel, out waiting), metadata);
    }

    private static EventMetadata ReadMetadata(RecordedEvent recorded)
    {
        try
        {
            return EventMetadata.Read(recorded.Metadata.Span);
        }
        catch (EventFormatException failure)
        {
            throw EventFault.OfMetadata(recorded, failure);
        }
    }

    private object DecodeData(
        RecordedEvent recorded, KeysAtHand? atHand, CancellationToken cancel, out KeysAtHand? waiting, bool opensPersonal = true, Carrying? carrying = null)
    {
        waiting = null;
        var stored = Types.Reading(recorded.Type);
        var json = stored.Upcasters.Count == 0 ? recorded.Data.Span : Upcast(recorded, stored);
        var pass = SealingPass.Begin(
            recorded.Stream, recorded.Type, keys, atHand, cancel, fieldsAreNoted: stored.Upcasters.Count > 0, opensPersonal: opensPersonal,
            carrying: carrying);
        try
        {
            return JsonSerializer.Deserialize(json, stored.Info) ?? throw new JsonException("null is no event.");
        }
        catch (JsonException failure)
        {
            throw EventFault.OfData(recorded, json, stored.Info, failure);
        }
        catch (PersonalDataException failure) when (failure.Code is PersonalDataException.Malformed or PersonalDataException.Tampered)
        {
            throw EventFault.OfPersonalData(recorded, failure);
        }
        finally
        {
            waiting = pass.End();
        }
    }

    // An upcaster of an event that lacks a field fails with whatever its own code throws.
    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "Any failure of an upcaster is a fault of the event.")]
    private static ReadOnlySpan<byte> Upcast(RecordedEvent recorded, EventTypes.Stored stored)
    {
        try
        {
            var json = JsonNode.Parse(recorded.Data.Span) as JsonObject ?? throw new JsonException("An event is an object.");
            Upcasting.NoteFields(json);
            foreach (var change in stored.Upcasters)
                json = change(json);

            return Encoding.UTF8.GetBytes(json.ToJsonString());
        }
        catch (Exception failure)
        {
            throw EventFault.OfData(recorded, recorded.Data.Span, info: null, failure);
        }
    }
}
