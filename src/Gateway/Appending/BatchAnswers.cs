using Cqrs.EventStore.EventStoreDb.Protocol;
using Cqrs.EventStore.EventStoreDb.Wire;
using Cqrs.EventStore.Log;
using Cqrs.Gateway.Calls;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Status = Cqrs.EventStore.EventStoreDb.Protocol.Status;

namespace Cqrs.Gateway.Appending;

/// <summary>
/// Answers to the appends of a batch call: a refusal of one is no end of the call. Messages, codes and details are the
/// server's own: <c>Grpc/Status.cs</c> in its public repository.
/// </summary>
internal static class BatchAnswers
{
    public static BatchAppendResp Success(long version, LogPosition? position)
    {
        var success = new BatchAppendResp.Types.Success();
        if (version < 0) success.NoStream = new();
        else success.CurrentRevision = (ulong)version;
        if (position is { } at) success.Position = new() { CommitPosition = (ulong)at.Value, PreparePosition = (ulong)at.Value };
        else success.NoPosition = new();
        return new() { Success = success };
    }

    public static BatchAppendResp AccessDenied() => Error(GrpcStatus.PermissionDenied, nameof(AccessDenied), new AccessDenied());

    public static BatchAppendResp Timeout() => Error(GrpcStatus.DeadlineExceeded, nameof(Timeout), new EventStore.EventStoreDb.Protocol.Timeout());

    public static BatchAppendResp Unknown() => Error(GrpcStatus.Unknown, nameof(Unknown), new Unknown());

    public static BatchAppendResp BadRequest(string message) =>
        Error(GrpcStatus.InvalidArgument, nameof(BadRequest), new BadRequest { Message = message });

    /// <summary>What an exception means for one append; null for one that nobody foresaw.</summary>
    public static BatchAppendResp? For(Exception error) => error switch
    {
        OperationCanceledException => Timeout(),
        WrongExpectedVersionException refused =>
            Error(GrpcStatus.AlreadyExists, nameof(WrongExpectedVersion), Expectations.Detail(refused)),
        _ => Refusals.For(error) switch
        {
            null => null,
            { Trailers: [(_, "maximum-append-size-exceeded"), ..] } => Error(
                GrpcStatus.InvalidArgument, nameof(MaximumAppendSizeExceeded), new MaximumAppendSizeExceeded { MaxAppendSize = AppendLimits.Bytes }),
            { Status: GrpcStatus.InvalidArgument } refusal => BadRequest(refusal.Message),
            var refusal => Error(refusal.Status, refusal.Message, new Unknown()),
        },
    };

    private static BatchAppendResp Error(GrpcStatus code, string message, IMessage detail) =>
        new() { Error = new Status { Code = (int)code, Message = message, Details = Any.Pack(detail) } };
}
