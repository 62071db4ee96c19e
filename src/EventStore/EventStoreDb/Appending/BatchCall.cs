using System.Collections.Concurrent;
using System.Threading.Channels;
using Cqrs.EventStore.EventStoreDb.Connecting;
using Cqrs.EventStore.EventStoreDb.Protocol;
using Cqrs.EventStore.EventStoreDb.Wire;
using Grpc.Core;
using Timeout = System.Threading.Timeout;

namespace Cqrs.EventStore.EventStoreDb.Appending;

/// <summary>
/// One call to a node that carries many appends at once. Each append has a correlation id, which its answer repeats.
/// When the call breaks, all appends under way fail with it; they are repeated over the next call.
/// </summary>
internal sealed class BatchCall : IDisposable
{
    private readonly Channel<BatchAppendReq> _messages = Channel.CreateUnbounded<BatchAppendReq>(new() { SingleReader = true });
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
            // Checked after the entry is made: Break either finds the entry, or has set _broken before this line.
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
        // Leaves the caller of the constructor, which holds a lock.
        await Task.Yield();
        var sending = Task.CompletedTask;
        try
        {
            var call = Node.Grpc.Streams.BatchAppend(Node.Grpc.Options(Timeout.InfiniteTimeSpan, _end.Token));
            await using var answers = new ServerAnswers<BatchAppendResp>(call.ResponseStream, call, Node.Grpc.Address, _end.Token);
            sending = SendAllAsync(call.RequestStream);
            while (await answers.ReadAsync() is { } answer) Take(answer);
            Break(new NodeLostException("The server ended the call."));
        }
        catch (Exception e)
        {
            Break(e);
        }

        await sending;
    }

    // The answers say why the call failed; a write that failed says only that it did.
    private async Task SendAllAsync(IClientStreamWriter<BatchAppendReq> requests)
    {
        try
        {
            await foreach (var message in _messages.Reader.ReadAllAsync()) await requests.WriteAsync(message);
            await requests.CompleteAsync();
        }
        catch (Exception e) when (e is RpcException or InvalidOperationException or OperationCanceledException or IOException or HttpRequestException)
        {
            _messages.Writer.TryComplete();
        }
    }

    private void Take(BatchAppendResp answer)
    {
        // The last message of some servers answers no append.
        if (answer.CorrelationId is null || !_waiting.TryGetValue(Conversions.ToGuid(answer.CorrelationId), out var waiting)) return;
        try
        {
            waiting.TrySetResult(BatchMessages.OutcomeOf(answer));
        }
        catch (Exception e) when (e is RpcException or GrpcFormatException)
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

    // The status of the whole call holds for each append of it. Each gets an exception of its own, because several are thrown at once.
    private static Exception Lost(Exception why) => why switch
    {
        RpcException call => new RpcException(call.Status, call.Trailers),
        GrpcFormatException format => new GrpcFormatException(format.Message, format),
        OperationCanceledException => new NodeLostException("The call was ended.", why),
        _ => new NodeLostException(why.Message, why),
    };
}
