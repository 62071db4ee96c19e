using Cqrs.EventStore.EventStoreDb.Protocol;
using Cqrs.EventStore.EventStoreDb.Wire;
using Cqrs.EventStore.Log;
using Google.Protobuf;
using UuidOption = Cqrs.EventStore.EventStoreDb.Protocol.ReadReq.Types.Options.Types.UUIDOption;

namespace Cqrs.Gateway.Reading;

/// <summary>
/// Makes the answers to a read. Events leave as they lie in the log, with personal data encrypted. A position of the log
/// becomes both positions of the protocol, commit and prepare.
/// </summary>
/// <param name="textIds">True: ids as text; false: ids as two numbers.</param>
internal sealed class EventMessages(bool textIds)
{
    public static EventMessages For(UuidOption option) => new(option.ContentCase == UuidOption.ContentOneofCase.String);

    public static ReadResp Confirmation(Guid id) => new() { Confirmation = new() { SubscriptionId = id.ToString() } };

    public static ReadResp CaughtUp() => new() { CaughtUp = new() };

    public static ReadResp FellBehind() => new() { FellBehind = new() };

    public static ReadResp Checkpoint(LogPosition position) =>
        new() { Checkpoint = new() { CommitPosition = (ulong)position.Value, PreparePosition = (ulong)position.Value } };

    public static ReadResp NotFound(string stream) =>
        new() { StreamNotFound = new() { StreamIdentifier = Conversions.ToIdentifier(stream) } };

    public ReadResp Event(RecordedEvent e)
    {
        var position = (ulong)e.Position.Value;
        return new()
        {
            Event = new()
            {
                CommitPosition = position,
                Event = new()
                {
                    Id = textIds ? new() { String = e.Id.ToString() } : Conversions.ToUuid(e.Id),
                    StreamIdentifier = Conversions.ToIdentifier(e.Stream),
                    StreamRevision = (ulong)e.Version,
                    CommitPosition = position,
                    PreparePosition = position,
                    Metadata =
                    {
                        [Conversions.Type] = e.Type,
                        [Conversions.Created] = Conversions.ToCreated(e.Created),
                        [Conversions.ContentType] = e.IsJson ? Conversions.Json : Conversions.Binary,
                    },
                    Data = UnsafeByteOperations.UnsafeWrap(e.Data),
                    CustomMetadata = UnsafeByteOperations.UnsafeWrap(e.Metadata),
                },
            },
        };
    }
}
