using Grpc.Core;

namespace Cqrs.Gateway.Calls;

/// <summary>Reads the messages of a call whose client has to send them without long pauses.</summary>
internal sealed class MessageReader<T>(IAsyncStreamReader<T> messages, TimeSpan patience, CancellationToken cancelled)
    where T : class
{
    /// <summary>Returns the next message; null when the client has ended its side.</summary>
    /// <exception cref="RpcException">No message came in time, or what came is not a message.</exception>
    public async ValueTask<T?> NextAsync()
    {
        using var inTime = CancellationTokenSource.CreateLinkedTokenSource(cancelled);
        inTime.CancelAfter(patience);
        try
        {
            return await messages.MoveNext(inTime.Token) ? messages.Current : null;
        }
        catch (OperationCanceledException) when (!cancelled.IsCancellationRequested)
        {
            throw Refusals.NoMessage(patience);
        }
    }
}
