using Cqrs.EventStore.EventStoreDb.Wire;
using Cqrs.EventStore.Following;
using Cqrs.EventStore.Log;

namespace Cqrs.EventStore.EventStoreDb.Connecting;

/// <summary>
/// Carries a call out, again and again until its deadline where it fails for a reason that passes: everything that is
/// asked of the log may be repeated, appends by their event ids. What remains is told in the words of the port.
/// </summary>
internal sealed class Attempts(EsdbConnection connection)
{
    private static readonly GrowingWait Wait = new(TimeSpan.FromMilliseconds(20), TimeSpan.FromSeconds(1));

    /// <param name="call">Is given what is left of the deadline.</param>
    /// <param name="once">It is not repeated when it fails.</param>
    /// <exception cref="EventLogException">It failed for good, or for too long.</exception>
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
            catch (Exception e) when (e is NodeLostException or GrpcCallException or GrpcFormatException)
            {
                last = e;
                if (!Passes(node, e) || once) throw InWords(e);
            }
            catch (OperationCanceledException e) when (!cancel.IsCancellationRequested)
            {
                // Only a node that could be reached can have been too slow.
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

    /// <summary>Can a repetition help? The node is given up, or left for the leader, where that is what it takes.</summary>
    public bool Passes(ConnectedNode? node, Exception e)
    {
        switch (e)
        {
            case NodeLostException lost:
                if (node is not null) connection.GiveUp(node, lost.Message);
                return true;
            case GrpcCallException { Exception: ServerErrors.NotLeader, Redirect: { } redirect } when node is not null:
                connection.Redirect(node, redirect);
                return true;
            case GrpcCallException { Exception: ServerErrors.NotLeader } call:
                if (node is not null) connection.GiveUp(node, call.Message);
                return true;
            case GrpcCallException { Exception: null, Status: GrpcStatus.Unavailable or GrpcStatus.Cancelled or GrpcStatus.Aborted or GrpcStatus.DeadlineExceeded } call:
                if (node is not null) connection.GiveUp(node, $"{call.Status}: {call.Message}");
                return true;
            case GrpcCallException { Exception: null, Status: GrpcStatus.Unknown, Message: "No leader info available in response" }:
                if (node is not null) connection.GiveUp(node, "it knows no leader");
                return true;
            default:
                return false;
        }
    }

    /// <summary>The failure as the port tells it.</summary>
    public Exception InWords(Exception e) => e switch
    {
        GrpcCallException { Exception: ServerErrors.AppendTooLarge or ServerErrors.EventTooLarge } call =>
            new InvalidAppendException(EventLogErrors.AppendTooLarge, $"The server of the log refuses an append for its size: {call.Message}"),
        GrpcCallException { Exception: ServerErrors.StreamDeleted } call => new EventLogException(EventLogErrors.StreamDeleted, call.Message, e),
        GrpcCallException { Status: GrpcStatus.PermissionDenied or GrpcStatus.Unauthenticated } call => new EventLogException(
            EventLogErrors.Denied,
            $"{connection.Settings} does not let these credentials do this ({call.Status}). Check the user and password in EventStore, and what the server allows them.",
            e),
        GrpcCallException { Status: GrpcStatus.DeadlineExceeded or GrpcStatus.Aborted } call =>
            new EventLogException(EventLogErrors.Timeout, $"{connection.Settings} did not do it in time: {call.Message}", e),
        NodeLostException => new EventLogException(
            EventLogErrors.Unreachable, $"No EventStoreDB can be reached at {connection.Settings}: {e.Message.TrimEnd('.')}. Check the address, tls=true or false, and that it runs.", e),
        GrpcCallException { Status: GrpcStatus.Unavailable } call => new EventLogException(
            EventLogErrors.Unreachable, $"{connection.Settings} is not ready: {call.Message}", e),
        GrpcFormatException => new EventLogException(EventLogErrors.Protocol, $"{connection.Settings} does not speak EventStoreDB's protocol: {e.Message}", e),
        GrpcCallException call => new EventLogException(EventLogErrors.Failed, $"{connection.Settings} answered {call.Status}: {call.Message}", e),
        _ => e,
    };
}
