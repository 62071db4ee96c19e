using Cqrs.EventStore.EventStoreDb.Protocol;
using Cqrs.EventStore.EventStoreDb.Wire;
using Cqrs.EventStore.Log;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Cqrs.EventStore.EventStoreDb.Appending;

/// <summary>Appends as <c>Streams/BatchAppend</c> has them: questions, and what their answers mean.</summary>
internal static class BatchMessages
{
    /// <summary>A large append goes in several messages of about so many bytes; servers limit the length of one.</summary>
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

    /// <exception cref="GrpcCallException">The server refused it.</exception>
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

        if (Is(details, StreamDeleted.Descriptor)) throw Refusal(GrpcStatus.FailedPrecondition, ServerErrors.StreamDeleted);
        if (Is(details, AccessDenied.Descriptor)) throw Refusal(GrpcStatus.PermissionDenied, ServerErrors.AccessDenied);
        if (Is(details, MaximumAppendSizeExceeded.Descriptor)) throw Refusal(GrpcStatus.InvalidArgument, ServerErrors.AppendTooLarge);
        if (Is(details, MaximumAppendEventSizeExceeded.Descriptor)) throw Refusal(GrpcStatus.InvalidArgument, ServerErrors.EventTooLarge);
        if (Is(details, Protocol.Timeout.Descriptor)) throw Refusal(GrpcStatus.DeadlineExceeded, null);

        // A server that is not ready, is busy or knows no leader says so without a code: it passes.
        throw Refusal(error.Code == 0 ? GrpcStatus.Unavailable : (GrpcStatus)error.Code, null);

        GrpcCallException Refusal(GrpcStatus status, string? name) => new(status, error.Message, name);
    }

    private static bool Is(Any? details, Google.Protobuf.Reflection.MessageDescriptor descriptor) => details?.Is(descriptor) == true;
}
