using Cqrs.EventStore.EventStoreDb.Wire;
using Cqrs.EventStore.Log;
using Google.Protobuf;
using Grpc.Core;

namespace Cqrs.Gateway.Calls;

/// <summary>
/// The statuses that end a call, with the trailers by which the official clients distinguish them. Both are the server's
/// own: <c>RpcExceptions.cs</c> and <c>Constants.cs</c> in its public repository.
/// </summary>
internal static class Refusals
{
    /// <summary>The trailer that carries the server's own error code.</summary>
    public const string Exception = "exception";

    /// <summary>Value of <see cref="Exception"/> for an append with too many bytes.</summary>
    public const string TooLarge = "maximum-append-size-exceeded";

    // The library reports a length beyond 2 GiB only with this text.
    private const string LengthBeyondInt32 = "Message too large";

    public static RpcException Invalid(string message) => Of(StatusCode.InvalidArgument, message);

    public static RpcException InvalidPosition() => Invalid("Trying to read from an invalid position.");

    public static RpcException Unauthenticated() =>
        Of(StatusCode.Unauthenticated, "Send a name and password that Gateway:Credentials or Gateway:ReadOnlyCredentials lists.");

    public static RpcException AccessDenied() => Of(StatusCode.PermissionDenied, "Access Denied", (Exception, "access-denied"));

    public static RpcException MissingProperty(string name) => Of(
        StatusCode.InvalidArgument, $"Required Metadata Property '{name}' is missing",
        (Exception, "missing-required-metadata-property"), ("required-metadata-properties", $"{Conversions.Type},{Conversions.ContentType}"));

    public static RpcException AppendTooLarge() => Of(
        StatusCode.InvalidArgument, $"Maximum Append Size of {AppendLimits.Bytes} Exceeded.",
        (Exception, TooLarge), ("maximum-append-size", AppendLimits.Bytes.ToString()));

    public static RpcException MessageTooLong(int limit) =>
        Of(StatusCode.ResourceExhausted, $"The message is longer than {limit} bytes, the limit of this call.");

    public static RpcException NoMessage(TimeSpan patience) =>
        Of(StatusCode.DeadlineExceeded, $"The caller sent no message for {patience.TotalSeconds} s.");

    public static RpcException NoDeletion() =>
        Of(StatusCode.Unimplemented, "Streams of this log are not deleted. Personal data in them is erased by deleting its key.");

    public static RpcException Stopping() => Of(StatusCode.Unavailable, "The server is stopping.");

    public static RpcException Cancelled() => Of(StatusCode.Cancelled, "The call was cancelled.");

    public static RpcException Failed() => Of(StatusCode.Unknown, "The server failed. Its log has the reason.");

    /// <summary>Returns the status for an exception; null for one that has no status of its own.</summary>
    public static RpcException? For(Exception error) => error switch
    {
        RpcException refusal => refusal,
        InvalidAppendException { Code: EventLogErrors.AppendTooLarge } => AppendTooLarge(),
        InvalidAppendException invalid => Invalid(invalid.Message),
        InvalidProtocolBufferException => Of(StatusCode.Internal, "A message of the call is not valid protobuf."),
        InvalidDataException => Of(StatusCode.Internal, "A frame of the call has a compression flag that is neither 0 nor 1."),
        IOException io when io.Message.StartsWith(LengthBeyondInt32, StringComparison.Ordinal) => MessageTooLong(GatewayLimits.AppendLength),
        EventLogException { Code: EventLogErrors.Full } => Of(StatusCode.ResourceExhausted, "The log is full: log-full."),
        EventLogException { Code: EventLogErrors.Busy } => Of(StatusCode.Unavailable, "The log is busy, try again: log-busy."),
        EventLogException failure => Of(StatusCode.Unknown, $"The log failed: {failure.Code}."),
        ObjectDisposedException => Stopping(),
        _ => null,
    };

    public static RpcException Of(StatusCode code, string message, params (string Name, string Value)[] trailers)
    {
        var metadata = new Metadata();
        foreach (var (name, value) in trailers) metadata.Add(name, value);
        return new(new Status(code, message), metadata);
    }
}
