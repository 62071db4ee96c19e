using System.Collections.Concurrent;
using System.Threading.Channels;
using Cqrs.EventStore.EventStoreDb.Protocol;
using Cqrs.EventStore.EventStoreDb.Wire;
using Cqrs.EventStore.Log;
using Cqrs.Gateway.Calls;
using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace Cqrs.Gateway.Appending;

/// <summary>
/// <c>Streams.BatchAppend</c>: many appends on one call, each in one or more messages, each answered when it is done. They
/// lie in the log in the order in which they came, as with a real server, and share commits.
/// </summary>
/// <remarks>
/// While a caller does not read its answers, or has <see cref="Lanes"/> appends under way, no more is read from it.
/// </remarks>
internal sealed partial class BatchAppendCall(
    IEventLog log, Call call, IAsyncStreamReader<BatchAppendReq> requests, MessageWriter<BatchAppendResp> responses, GatewayLimits limits, TimeProvider clock, ILogger logger)
{
    private const int Lanes = 64;

    // Limits of appends that have begun and not ended, and of their bytes; an append larger than Large waits for all lanes.
    private const int MostBegun = 1_000;
    private const long MostBytesBegun = 4L * AppendLimits.Bytes;
    private const long Large = AppendLimits.Bytes / 16;

    private readonly ConcurrentDictionary<Guid, Begun> _begun = new();
    private readonly Task[] _lanes = [.. Enumerable.Repeat(Task.CompletedTask, Lanes)];
    private uint _next;

    private readonly Channel<BatchAppendResp> _answers =
        Channel.CreateBounded<BatchAppendResp>(new BoundedChannelOptions(Lanes) { SingleReader = true });

    public async Task RunAsync()
    {
        var answering = AnswerAsync();
        try
        {
            // Clients keep this call open between appends, so a pause of any length is fine.
            while (await requests.MoveNext(call.Cancelled)) await TakeAsync(requests.Current);
        }
        finally
        {
            foreach (var id in _begun.Keys) Remove(id)?.Dispose();
            await Task.WhenAll(_lanes);
            _answers.Writer.TryComplete();
            await answering;
        }
    }

    private async Task TakeAsync(BatchAppendReq request)
    {
        if (!TryId(request.CorrelationId, out var id)) throw Refusals.Invalid("The correlation id of an append is missing or is not a UUID.");
        try
        {
            if (request.Options is not null) await BeginAsync(id, request);
            if (!_begun.TryGetValue(id, out var begun)) return;
            foreach (var message in request.ProposedMessages)
                begun.Proposals.Add(message.Id, message.Metadata, message.CustomMetadata, message.Data);
            if (_begun.Count > MostBegun || _begun.Values.Sum(other => other.Proposals.Size) > MostBytesBegun)
                throw Refusals.Invalid("Too many appends have begun and not ended.");
            if (request.IsFinal && Remove(id) is { } complete) await SubmitAsync(request.CorrelationId, complete);
        }
        catch (RpcException refusal)
        {
            var stream = request.Options?.StreamIdentifier;
            if (Remove(id) is { } refused)
            {
                stream = Conversions.ToIdentifier(refused.Proposals.Stream);
                refused.Dispose();
            }

            await AnswerAsync(request.CorrelationId, stream, BatchAnswers.For(refusal) ?? BatchAnswers.Unknown());
        }
    }

    private async Task BeginAsync(Guid id, BatchAppendReq request)
    {
        var stream = request.Options.StreamIdentifier;
        if (call.Access < Access.Append)
        {
            await AnswerAsync(request.CorrelationId, stream, BatchAnswers.AccessDenied());
            return;
        }

        var proposals = Proposals.For(stream, Expectations.Of(request.Options));
        var time = Deadlines.Of(request.Options, limits.Patience, clock.GetUtcNow());
        if (time <= TimeSpan.Zero)
        {
            await AnswerAsync(request.CorrelationId, stream, BatchAnswers.Timeout());
            return;
        }

        // Options that come again are ignored: the append has begun with the first.
        var begun = new Begun(proposals, CancellationTokenSource.CreateLinkedTokenSource(call.Cancelled));
        if (!_begun.TryAdd(id, begun))
        {
            begun.Dispose();
            return;
        }

        begun.Run(time, over: () =>
        {
            // The rest of the append did not come in time.
            if (Remove(id) is not { } late) return;
            late.Dispose();
            _ = AnswerAsync(request.CorrelationId, stream, BatchAnswers.Timeout());
        });
    }

    private async Task SubmitAsync(UUID correlation, Begun begun)
    {
        // Appends complete roughly in order, so the lane of the oldest is free first.
        var lane = _next++ % Lanes;
        await _lanes[lane].WaitAsync(call.Cancelled);
        if (begun.Proposals.Size > Large || begun.Proposals.IsEmpty) await Task.WhenAll(_lanes);
        _lanes[lane] = AppendAsync(correlation, begun);
    }

    // Never throws. The append is in the log's queue when this method reaches its first await.
    private async Task AppendAsync(UUID correlation, Begun begun)
    {
        BatchAppendResp answer;
        try
        {
            var (version, position) = await begun.Proposals.AppendInOrderAsync(log, begun.Cancelled);
            answer = BatchAnswers.Success(version, position);
        }
        catch (Exception e)
        {
            if (BatchAnswers.For(e) is not { } known)
            {
                Failed(e);
                known = BatchAnswers.Unknown();
            }

            answer = known;
        }

        begun.Dispose();
        await AnswerAsync(correlation, Conversions.ToIdentifier(begun.Proposals.Stream), answer);
    }

    private async Task AnswerAsync(UUID correlation, StreamIdentifier? stream, BatchAppendResp answer)
    {
        answer.CorrelationId = correlation;
        answer.StreamIdentifier = stream;
        try
        {
            await _answers.Writer.WriteAsync(answer, call.Cancelled);
        }
        catch (Exception e) when (e is ChannelClosedException or OperationCanceledException)
        {
            // The call has ended, so there is no client for the answer.
        }
    }

    private async Task AnswerAsync()
    {
        try
        {
            while (await _answers.Reader.WaitToReadAsync(call.Cancelled))
            {
                while (_answers.Reader.TryRead(out var answer)) await responses.WriteAsync(answer);
                await responses.FlushAsync();
            }
        }
        finally
        {
            _answers.Writer.TryComplete();
        }
    }

    private Begun? Remove(Guid id) => _begun.TryRemove(id, out var begun) ? begun : null;

    private static bool TryId(UUID? uuid, out Guid id)
    {
        try
        {
            id = Conversions.ToGuid(uuid);
            return true;
        }
        catch (GrpcFormatException)
        {
            id = default;
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "An append of a batch call failed; the client got UNKNOWN.")]
    private partial void Failed(Exception error);
}
