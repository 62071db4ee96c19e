using Cqrs.EventStore.EventStoreDb.Protocol;
using Cqrs.EventStore.EventStoreDb.Wire;
using Cqrs.EventStore.Log;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Status = Cqrs.EventStore.EventStoreDb.Protocol.Status;

namespace Cqrs.EventStore.EventStoreDb.Appending;

/// <summary>Requests and answers of <c>Streams/BatchAppend</c>.</summary>
internal static class BatchMessages
{
    /// <summary>A large append is sent as several messages of about this many bytes, because servers limit the length of a message.</summary>
    private const int ChunkBytes = 512 * 1024;

    public static IEnumerable<BatchAppendReq> Of(AppendAsked asked, Guid correlation, TimeSpan deadline)
    {
        var id = Conversions.ToUuid(correlation);
        var request = new BatchAppendReq { CorrelationId = id, Options = OptionsOf(asked, deadline) };
        var bytes = 0;
        foreach (var e in asked.Events)
        {
            if (bytes > 0 && bytes + e.Data.Length + e.Metadata.Length > ChunkBytes)
            {
                yield return request;
                (request, bytes) = (new() { CorrelationId = id }, 0);
            }

            request.ProposedMessages.Add(MessageOf(e));
            bytes += e.Data.Length + e.Metadata.Length + 1;
        }

        request.IsFinal = true;
        yield return request;
    }

    /// <exception cref="RpcException">The server refused the append.</exception>
    public static AppendOutcome OutcomeOf(BatchAppendResp answer) => answer.ResultCase switch
    {
        BatchAppendResp.ResultOneofCase.Success => Done(answer.Success),
        BatchAppendResp.ResultOneofCase.Error => Refused(answer.Error),
        _ => throw new GrpcFormatException("The answer to an append has no result."),
    };

    private static BatchAppendReq.Types.Options OptionsOf(AppendAsked asked, TimeSpan deadline)
    {
        var options = new BatchAppendReq.Types.Options { StreamIdentifier = Conversions.ToIdentifier(asked.Stream) };
        if (asked.Expected == ExpectedVersion.Any) options.Any = new();
        else if (asked.Expected == ExpectedVersion.StreamExists) options.StreamExists = new();
        else if (asked.Expected == ExpectedVersion.NoStream) options.NoStream = new();
        else options.StreamPosition = (ulong)asked.Expected.Value;
        options.Deadline = Duration.FromTimeSpan(deadline < TimeSpan.Zero ? TimeSpan.FromHours(1) : deadline);
        return options;
    }

    private static BatchAppendReq.Types.ProposedMessage MessageOf(EventToAppend e) => new()
    {
        Id = Conversions.ToUuid(e.Id),
        Metadata = { [Conversions.Type] = e.Type, [Conversions.ContentType] = e.IsJson ? Conversions.Json : Conversions.Binary },
        CustomMetadata = UnsafeByteOperations.UnsafeWrap(e.Metadata),
        Data = UnsafeByteOperations.UnsafeWrap(e.Data),
    };

    private static AppendOutcome Done(BatchAppendResp.Types.Success success) => AppendOutcome.Done(
        success.CurrentRevisionOptionCase == BatchAppendResp.Types.Success.CurrentRevisionOptionOneofCase.CurrentRevision
            ? AppendOutcome.VersionOf(success.CurrentRevision)
            : StreamVersion.None,
        success.PositionOptionCase == BatchAppendResp.Types.Success.PositionOptionOneofCase.Position && success.Position.CommitPosition <= long.MaxValue
            ? new((long)success.Position.CommitPosition)
            : null);

    private static AppendOutcome Refused(Status error)
    {
        var details = error.Details;
        if (Is(details, WrongExpectedVersion.Descriptor))
        {
            var conflict = details.Unpack<WrongExpectedVersion>();
            return AppendOutcome.At(conflict.CurrentStreamRevisionOptionCase == WrongExpectedVersion.CurrentStreamRevisionOptionOneofCase.CurrentStreamRevision
                ? AppendOutcome.VersionOf(conflict.CurrentStreamRevision)
                : StreamVersion.None);
        }

        if (Is(details, StreamDeleted.Descriptor)) throw Refusal(StatusCode.FailedPrecondition, ServerErrors.StreamDeleted);
        if (Is(details, AccessDenied.Descriptor)) throw Refusal(StatusCode.PermissionDenied, ServerErrors.AccessDenied);
        if (Is(details, MaximumAppendSizeExceeded.Descriptor)) throw Refusal(StatusCode.InvalidArgument, ServerErrors.AppendTooLarge);
        if (Is(details, MaximumAppendEventSizeExceeded.Descriptor)) throw Refusal(StatusCode.InvalidArgument, ServerErrors.EventTooLarge);
        if (Is(details, Protocol.Timeout.Descriptor)) throw Refusal(StatusCode.DeadlineExceeded, null);

        // A server that is not ready, is busy or knows no leader sends no code. The append is repeated.
        throw Refusal(error.Code == 0 ? StatusCode.Unavailable : (StatusCode)error.Code, null);

        RpcException Refusal(StatusCode status, string? name) => ServerErrors.Make(status, error.Message, name);
    }

    private static bool Is(Any? details, Google.Protobuf.Reflection.MessageDescriptor descriptor) => details?.Is(descriptor) == true;
}
