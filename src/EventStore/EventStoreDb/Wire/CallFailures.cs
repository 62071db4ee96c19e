using System.Net.Sockets;
using Cqrs.EventStore.EventStoreDb.Connecting;
using Google.Protobuf;
using Grpc.Core;

namespace Cqrs.EventStore.EventStoreDb.Wire;

/// <summary>
/// Sorts the failures of gRPC calls by what the client does next: <see cref="NodeLostException"/> for a broken
/// connection, <see cref="GrpcFormatException"/> for an answer that is not of this protocol,
/// <see cref="OperationCanceledException"/> for the caller's own cancellation, <see cref="RpcException"/> for a status
/// that the server sent.
/// </summary>
internal static class CallFailures
{
    /// <param name="cancel">The caller's own cancellation.</param>
    public static Exception Sort(RpcException call, NodeAddress node, CancellationToken cancel)
    {
        if (call.StatusCode == StatusCode.Cancelled && cancel.IsCancellationRequested) return new OperationCanceledException(call.Message, call, cancel);

        // The library keeps the exception that it made a status of; a status of the server has none.
        for (var cause = call.Status.DebugException; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case GrpcFormatException:
                    return new GrpcFormatException(cause.Message, call);
                case InvalidProtocolBufferException:
                    return new GrpcFormatException("A message of the answer is not of the expected type.", call);
                case InvalidDataException:
                    return new GrpcFormatException(cause.Message, call);
                case HttpRequestException or IOException or SocketException or ObjectDisposedException:
                    return new NodeLostException($"{node} cannot be reached: {InnermostMessage(cause)}", call);
                case TimeoutException:
                    return new NodeLostException($"{node} does not accept a connection in time.", call);
            }
        }

        return call.StatusCode switch
        {
            // No trailers came, or the server stopped the call.
            StatusCode.Cancelled when call.Status.DebugException is null => new NodeLostException($"{node} ended the answer without a status.", call),
            StatusCode.Cancelled => new GrpcFormatException(call.Status.Detail, call),

            StatusCode.Internal when IsAboutCompression(call) => new GrpcFormatException(call.Status.Detail, call),
            _ => call,
        };
    }

    // The library's own refusal of a compressed message; it has no other mark than its text.
    private static bool IsAboutCompression(RpcException call) =>
        call.Trailers.Count == 0 && call.Status.Detail.Contains("grpc-encoding", StringComparison.Ordinal);

    private static string InnermostMessage(Exception e)
    {
        while (e.InnerException is { } inner) e = inner;
        return e.Message;
    }
}
