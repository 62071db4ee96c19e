using System.Collections.Concurrent;
using System.Threading.Channels;
using Cqrs.EventStore.EventStoreDb.Connecting;
using Cqrs.EventStore.EventStoreDb.Protocol;
using Cqrs.EventStore.EventStoreDb.Wire;
using Google.Protobuf;

namespace Cqrs.EventStore.EventStoreDb.Appending;

/// <summary>
/// One call to a node over which all appends go side by side: each has an id of its own, by which its answer finds it.
/// When the call breaks, all that is under way breaks with it, and is repeated over the next one.
/// </summary>
internal sealed class BatchCall : IDisposable
{
    private const string Method = "event_store.client.streams.Streams/BatchAppend";

    private readonly Channel<IMessage> _messages = Channel.CreateUnbounded<IMessage>(new() { SingleReader = true });
    private readonly ConcurrentDictionary<Guid, TaskCompletionSource<AppendOutcome>> _waiting = new();
    private readonly CancellationTokenSource _end = new();
    private volatile Exception? _broken;

    public BatchCall(ConnectedNode node)
    {
        Node = node;
        Done = RunAsync();
    }

    public ConnectedNode Node { get; }

    public bool IsBroken => _broken is not null;

    /// <summary>Completes when the call has ended; never fails.</summary>
    public Task Done { get; }

    public async Task<AppendOutcome> SendAsync(AppendAsked asked, TimeSpan deadline, CancellationToken cancel)
    {
        var id = Guid.NewGuid();
        var answer = new TaskCompletionSource<AppendOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting[id] = answer;
        try
        {
            // Looked at after the entry is made: whoever breaks the call either sees the entry or is seen here.
            if (_broken is { } broken) throw Lost(broken);
            foreach (var message in BatchMessages.Of(asked, id, deadline)) _messages.Writer.TryWrite(message);
            return await answer.Task.WaitAsync(cancel);
        }
        finally
        {
            _waiting.TryRemove(id, out _);
        }
    }

    public void Dispose()
    {
        _messages.Writer.TryComplete();
        _end.Cancel();
    }

    private async Task RunAsync()
    {
        // Off the constructor's caller, who may hold a lock.
        await Task.Yield();
        try
        {
            await using var call = await Node.Grpc.CallAsync(Method, new GrpcChannelContent(_messages.Reader), deadline: null, _end.Token);
            while (await call.ReadAsync(BatchAppendResp.Parser, _end.Token) is { } answer) Take(answer);
            Break(new NodeLostException("The server ended the call."));
        }
        catch (Exception e)
        {
            Break(e);
        }
    }

    private void Take(BatchAppendResp answer)
    {
        if (!_waiting.TryGetValue(Conversions.ToGuid(answer.CorrelationId), out var waiting)) return;
        try
        {
            waiting.TrySetResult(BatchMessages.OutcomeOf(answer));
        }
        catch (GrpcCallException e)
        {
            waiting.TrySetException(e);
        }
    }

    private void Break(Exception why)
    {
        _broken = why;
        _messages.Writer.TryComplete();
        foreach (var waiting in _waiting.Values) waiting.TrySetException(Lost(why));
    }

    // What a server says of the call as a whole holds for each append of it.
    private static Exception Lost(Exception why) => why switch
    {
        GrpcCallException call => new GrpcCallException(call.Status, call.Message, call.Exception, call.Redirect),
        GrpcFormatException format => new GrpcFormatException(format.Message, format),
        OperationCanceledException => new NodeLostException("The call was ended.", why),
        _ => new NodeLostException(why.Message, why),
    };
}
