using Cqrs.EventStore.EventStoreDb.Wire;
using Cqrs.EventStore.Log;

namespace Cqrs.Gateway.Calls;

/// <summary>
/// How a call is refused. Statuses, and the trailers by which the official clients tell one refusal from another, are the
/// server's own: <c>RpcExceptions.cs</c> and <c>Constants.cs</c> in its public repository.
/// </summary>
internal static class Refusals
{
    private const string Exception = "exception";

    public static CallException Invalid(string message) => new(GrpcStatus.InvalidArgument, message);

    public static CallException InvalidPosition() => Invalid("Trying to read from an invalid position.");

    public static CallException Unauthenticated() =>
        new(GrpcStatus.Unauthenticated, "Give a name and password that Gateway:Credentials or Gateway:ReadOnlyCredentials has.");

    public static CallException AccessDenied() => new(GrpcStatus.PermissionDenied, "Access Denied", (Exception, "access-denied"));

    public static CallException MissingProperty(string name) => new(
        GrpcStatus.InvalidArgument, $"Required Metadata Property '{name}' is missing",
        (Exception, "missing-required-metadata-property"), ("required-metadata-properties", $"{Conversions.Type},{Conversions.ContentType}"));

    public static CallException AppendTooLarge() => new(
        GrpcStatus.InvalidArgument, $"Maximum Append Size of {AppendLimits.Bytes} Exceeded.",
        (Exception, "maximum-append-size-exceeded"), ("maximum-append-size", AppendLimits.Bytes.ToString()));

    /// <summary>The status that says what an exception means; null for one that nobody foresaw.</summary>
    public static CallException? For(Exception error) => error switch
    {
        CallException refusal => refusal,
        InvalidAppendException { Code: EventLogErrors.AppendTooLarge } => AppendTooLarge(),
        InvalidAppendException invalid => Invalid(invalid.Message),
        GrpcMessageTooLongException tooLong => new(GrpcStatus.ResourceExhausted, tooLong.Message),
        GrpcFormatException format => new(GrpcStatus.Internal, format.Message),
        EventLogException { Code: EventLogErrors.Full } => new(GrpcStatus.ResourceExhausted, "The log is full: log-full."),
        EventLogException { Code: EventLogErrors.Busy } => new(GrpcStatus.Unavailable, "The log is busy, try again: log-busy."),
        EventLogException failure => new(GrpcStatus.Unknown, $"The log failed: {failure.Code}."),
        ObjectDisposedException => Stopping(),
        _ => null,
    };

    public static CallException Stopping() => new(GrpcStatus.Unavailable, "The server is stopping.");
}
