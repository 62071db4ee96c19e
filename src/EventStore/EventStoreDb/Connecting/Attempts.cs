using Cqrs.EventStore.EventStoreDb.Wire;
using Cqrs.EventStore.Following;
using Cqrs.EventStore.Log;
using Grpc.Core;

namespace Cqrs.EventStore.EventStoreDb.Connecting;

/// <summary>
/// Runs a call, and repeats it until its deadline while it fails for a transient reason. Every call of the log may be
/// repeated: appends are recognised by their event ids. The last failure is thrown as an exception of the port.
/// </summary>
internal sealed class Attempts(EsdbConnection connection)
{
    private static readonly GrowingWait Wait = new(TimeSpan.FromMilliseconds(20), TimeSpan.FromSeconds(1));

    /// <param name="call">Receives the node, and the time left until the deadline.</param>
    /// <param name="once">True: the call is not repeated when it fails.</param>
    /// <exception cref="EventLogException">The call failed for good, or its deadline passed.</exception>
    public async Task<T> RunAsync<T>(
        Func<ConnectedNode, TimeSpan, CancellationToken, Task<T>> call, TimeSpan deadline, CancellationToken cancel, bool once = false)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        if (deadline != Timeout.InfiniteTimeSpan) patience.CancelAfter(deadline);
        var started = TimeProvider.System.GetTimestamp();
        Exception? last = null;
        for (var tries = 0; ; tries++)
        {
            ConnectedNode? node = null;
            try
            {
                node = await connection.NodeAsync(patience.Token);
                var left = deadline == Timeout.InfiniteTimeSpan ? deadline : deadline - TimeProvider.System.GetElapsedTime(started);
                return await call(node, left, patience.Token);
            }
            catch (Exception e) when (e is NodeLostException or RpcException or GrpcFormatException)
            {
                last = e;
                if (!Passes(node, e) || once) throw InWords(e);
            }
            catch (OperationCanceledException e) when (!cancel.IsCancellationRequested)
            {
                // Without a node nothing was sent, so no node was too slow.
                if (node is not null) connection.GiveUp(node, "no answer in time");
                throw last is null ? new EventLogException(EventLogErrors.Timeout, $"{connection.Settings} did not answer within {deadline.TotalSeconds} s.", e) : InWords(last);
            }

            try
            {
                await Task.Delay(Wait.After(tries), patience.Token);
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
                throw InWords(last);
            }
        }
    }

    /// <summary>True when a repetition can help. Gives the node up, or changes to the leader, where the failure asks for that.</summary>
    public bool Passes(ConnectedNode? node, Exception e)
    {
        switch (e)
        {
            case NodeLostException lost:
                if (node is not null) connection.GiveUp(node, lost.Message);
                return true;
            case RpcException call:
                return Passes(node, call);
            default:
                return false;
        }
    }

    private bool Passes(ConnectedNode? node, RpcException call)
    {
        switch (ServerErrors.NameOf(call), call.StatusCode)
        {
            case (ServerErrors.NotLeader, _) when node is not null && ServerErrors.RedirectOf(call) is { } redirect:
                connection.Redirect(node, redirect);
                return true;
            case (ServerErrors.NotLeader, _):
                if (node is not null) connection.GiveUp(node, call.Status.Detail);
                return true;
            case (null, StatusCode.Unavailable or StatusCode.Cancelled or StatusCode.Aborted or StatusCode.DeadlineExceeded):
                if (node is not null) connection.GiveUp(node, $"{call.StatusCode}: {call.Status.Detail}");
                return true;
            case (null, StatusCode.Unknown) when call.Status.Detail == "No leader info available in response":
                if (node is not null) connection.GiveUp(node, "it knows no leader");
                return true;
            default:
                return false;
        }
    }

    /// <summary>The failure as an exception of the port.</summary>
    public Exception InWords(Exception e) => e switch
    {
        NodeLostException => new EventLogException(
            EventLogErrors.Unreachable, $"No EventStoreDB can be reached at {connection.Settings}: {e.Message.TrimEnd('.')}. Check the address, tls=true or false, and that it runs.", e),
        GrpcFormatException => new EventLogException(EventLogErrors.Protocol, $"{connection.Settings} does not speak EventStoreDB's protocol: {e.Message}", e),
        RpcException call => InWords(call),
        _ => e,
    };

    private Exception InWords(RpcException call) => (ServerErrors.NameOf(call), call.StatusCode) switch
    {
        (ServerErrors.AppendTooLarge or ServerErrors.EventTooLarge, _) =>
            new InvalidAppendException(EventLogErrors.AppendTooLarge, $"The server of the log refuses an append for its size: {call.Status.Detail}"),
        (ServerErrors.StreamDeleted, _) => new EventLogException(EventLogErrors.StreamDeleted, call.Status.Detail, call),
        (_, StatusCode.PermissionDenied or StatusCode.Unauthenticated) => new EventLogException(
            EventLogErrors.Denied,
            $"{connection.Settings} does not let these credentials do this ({call.StatusCode}). Check the user and password in EventStore, and what the server allows them.",
            call),
        (_, StatusCode.DeadlineExceeded or StatusCode.Aborted) =>
            new EventLogException(EventLogErrors.Timeout, $"{connection.Settings} did not do it in time: {call.Status.Detail}", call),
        (_, StatusCode.Unavailable) => new EventLogException(EventLogErrors.Unreachable, $"{connection.Settings} is not ready: {call.Status.Detail}", call),
        _ => new EventLogException(EventLogErrors.Failed, $"{connection.Settings} answered {call.StatusCode}: {call.Status.Detail}", call),
    };
}
