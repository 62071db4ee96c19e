using Cqrs.EventStore.EventStoreDb.Connecting;
using Grpc.Core;

namespace Cqrs.EventStore.EventStoreDb.Wire;

/// <summary>
/// The answers of one call, one by one. A call may end with its first HEADERS frame (<i>Trailers-Only</i>): it then has
/// no answers, and its status is in the header. Not for several threads at a time.
/// </summary>
internal sealed class ServerAnswers<T> : IAsyncDisposable
    where T : class
{
    private readonly IAsyncStreamReader<T> _answers;
    private readonly IDisposable _call;
    private readonly NodeAddress _node;
    private readonly CancellationToken _cancel;
    private Task<bool>? _next;

    /// <param name="cancel">Ends the call; the same token that the call was begun with.</param>
    public ServerAnswers(IAsyncStreamReader<T> answers, IDisposable call, NodeAddress node, CancellationToken cancel) =>
        (_answers, _call, _node, _cancel) = (answers, call, node, cancel);

    /// <summary>The next answer; null when the call has ended with status OK.</summary>
    /// <exception cref="NodeLostException">The call broke.</exception>
    /// <exception cref="GrpcFormatException">The answer is not of this protocol.</exception>
    /// <exception cref="RpcException">The server ended the call with another status.</exception>
    public async ValueTask<T?> ReadAsync()
    {
        try
        {
            _next ??= _answers.MoveNext(CancellationToken.None);
            return await _next ? _answers.Current : null;
        }
        catch (RpcException e)
        {
            throw IsTooLong(e)
                ? new GrpcFormatException($"A message of the answer is longer than {GrpcNode.MaxMessage} bytes.", e)
                : CallFailures.Sort(e, _node, _cancel);
        }
        finally
        {
            _next = null;
        }
    }

    /// <summary>Takes an answer that has arrived already, without waiting. False also at the end and after a failure: <see cref="ReadAsync"/> then tells which.</summary>
    public bool TryRead(out T? answer)
    {
        answer = null;
        _next ??= _answers.MoveNext(CancellationToken.None);
        if (!_next.IsCompletedSuccessfully || !_next.Result) return false;
        _next = null;
        answer = _answers.Current;
        return true;
    }

    public async ValueTask DisposeAsync()
    {
        // Ends the call on the wire, and with it a read that still waits.
        _call.Dispose();
        if (_next is { } waiting) await ((Task)waiting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    // The client's own limit; a server that has too little of something else names it in its message.
    private static bool IsTooLong(RpcException e) =>
        e is { StatusCode: StatusCode.ResourceExhausted, Trailers.Count: 0, Status.DebugException: null }
        && e.Status.Detail.Contains("message size", StringComparison.OrdinalIgnoreCase);
}
