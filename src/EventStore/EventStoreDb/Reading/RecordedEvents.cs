using Cqrs.EventStore.EventStoreDb.Protocol;
using Cqrs.EventStore.EventStoreDb.Wire;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Serialization;
using RecordedEvent = Cqrs.EventStore.Log.RecordedEvent;

namespace Cqrs.EventStore.EventStoreDb.Reading;

/// <summary>Converts events of the server to those of the port.</summary>
internal static class RecordedEvents
{
    /// <exception cref="GrpcFormatException">A part of the event is missing.</exception>
    public static RecordedEvent From(ReadResp.Types.ReadEvent read)
    {
        var e = read.Event ?? throw new GrpcFormatException("An answer has no event.");
        if (!e.Metadata.TryGetValue(Conversions.Type, out var type)) throw new GrpcFormatException("The type of an event is missing.");
        e.Metadata.TryGetValue(Conversions.Created, out var created);
        e.Metadata.TryGetValue(Conversions.ContentType, out var content);
        return new(
            Position(e.CommitPosition),
            e.StreamIdentifier?.StreamName.ToStringUtf8() ?? throw new GrpcFormatException("The stream of an event is missing."),
            (long)e.StreamRevision,
            Conversions.ToGuid(e.Id),
            type,
            OwnTime.Of(e.CustomMetadata.Span) ?? Conversions.FromCreated(created),
            e.Data.Memory,
            e.CustomMetadata.Memory,
            content == Conversions.Json);
    }

    /// <exception cref="GrpcFormatException">It is beyond what positions reach.</exception>
    public static LogPosition Position(ulong commit) =>
        commit <= long.MaxValue ? new((long)commit) : throw new GrpcFormatException("A position is missing.");
}
