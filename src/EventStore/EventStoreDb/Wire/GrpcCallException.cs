namespace Cqrs.EventStore.EventStoreDb.Wire;

/// <summary>The server answered a call with a status that is not OK.</summary>
/// <param name="exception">The trailer <c>exception</c>, by which EventStoreDB names its own errors; null for none.</param>
internal sealed class GrpcCallException(GrpcStatus status, string message, string? exception, NodeRedirect? redirect = null) : Exception(message)
{
    public GrpcStatus Status { get; } = status;

    public string? Exception { get; } = exception;

    /// <summary>Where the leader is, when the server said so.</summary>
    public NodeRedirect? Redirect { get; } = redirect;
}

internal sealed record NodeRedirect(string Host, int Port);

/// <summary>Names that EventStoreDB gives its errors, in the trailer <c>exception</c>.</summary>
internal static class ServerErrors
{
    public const string Trailer = "exception";
    public const string LeaderHost = "leader-endpoint-host";
    public const string LeaderPort = "leader-endpoint-port";

    public const string AccessDenied = "access-denied";
    public const string NotLeader = "not-leader";
    public const string StreamDeleted = "stream-deleted";
    public const string AppendTooLarge = "maximum-append-size-exceeded";
    public const string EventTooLarge = "maximum-append-event-size-exceeded";
}

/// <summary>The call broke below gRPC: no connection, cut, or no answer to pings. It may have been carried out.</summary>
internal sealed class NodeLostException(string message, Exception? inner = null) : Exception(message, inner);
