using Cqrs.EventStore.EventStoreDb.Protocol;
using Cqrs.EventStore.Log;
using Cqrs.Gateway.Calls;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Status = Cqrs.EventStore.EventStoreDb.Protocol.Status;

namespace Cqrs.Gateway.Appending;

/// <summary>
/// Makes the answers to the appends of a batch call. The refusal of one append does not end the call. Messages, codes and
/// details are the server's own: <c>Grpc/Status.cs</c> in its public repository.
/// </summary>
internal static class BatchAnswers
{
    public static BatchAppendResp Success(long version, LogPosition position)
    {
        var success = new BatchAppendResp.Types.Success { Position = new() { CommitPosition = (ulong)position.Value, PreparePosition = (ulong)position.Value } };
        if (version < 0) success.NoStream = new();
        else success.CurrentRevision = (ulong)version;
        return new() { Success = success };
    }

    public static BatchAppendResp AccessDenied() => Error(StatusCode.PermissionDenied, nameof(AccessDenied), new AccessDenied());

    public static BatchAppendResp Timeout() => Error(StatusCode.DeadlineExceeded, nameof(Timeout), new EventStore.EventStoreDb.Protocol.Timeout());

    public static BatchAppendResp Unknown() => Error(StatusCode.Unknown, nameof(Unknown), new Unknown());

    public static BatchAppendResp BadRequest(string message) =>
        Error(StatusCode.InvalidArgument, nameof(BadRequest), new BadRequest { Message = message });

    /// <summary>Returns the answer for an exception of one append; null for one that has no answer of its own.</summary>
    public static BatchAppendResp? For(Exception error) => error switch
    {
        OperationCanceledException => Timeout(),
        WrongExpectedVersionException refused =>
            Error(StatusCode.AlreadyExists, nameof(WrongExpectedVersion), Expectations.Detail(refused)),
        _ => Refusals.For(error) switch
        {
            null => null,
            { } refusal when refusal.Trailers.GetValue(Refusals.Exception) == Refusals.TooLarge => Error(
                StatusCode.InvalidArgument, nameof(MaximumAppendSizeExceeded), new MaximumAppendSizeExceeded { MaxAppendSize = AppendLimits.Bytes }),
            { StatusCode: StatusCode.InvalidArgument } refusal => BadRequest(refusal.Status.Detail),
            var refusal => Error(refusal.StatusCode, refusal.Status.Detail, new Unknown()),
        },
    };

    private static BatchAppendResp Error(StatusCode code, string message, IMessage detail) =>
        new() { Error = new Status { Code = (int)code, Message = message, Details = Any.Pack(detail) } };
}
