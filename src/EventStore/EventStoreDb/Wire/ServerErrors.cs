using Grpc.Core;

namespace Cqrs.EventStore.EventStoreDb.Wire;

/// <summary>Names of EventStoreDB's own errors. The server sends them in the trailer <c>exception</c>.</summary>
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

    /// <summary>The server's name of the error; null when it sent none.</summary>
    public static string? NameOf(RpcException call) => call.Trailers.GetValue(Trailer);

    /// <summary>The address of the leader, when the server sent it.</summary>
    public static NodeRedirect? RedirectOf(RpcException call) =>
        call.Trailers.GetValue(LeaderHost) is { } host && int.TryParse(call.Trailers.GetValue(LeaderPort), out var port) ? new(host, port) : null;

    /// <summary>An error that came inside an answer, in the form of one that ends a call.</summary>
    public static RpcException Make(StatusCode status, string message, string? name) =>
        new(new Status(status, message), name is null ? [] : new Metadata { { Trailer, name } });
}

/// <summary>The address of the leader, as a server sends it.</summary>
internal sealed record NodeRedirect(string Host, int Port);

/// <summary>The call broke below gRPC: no connection, a cut connection, or no answer to pings. The server may have carried it out.</summary>
internal sealed class NodeLostException(string message, Exception? inner = null) : Exception(message, inner);
