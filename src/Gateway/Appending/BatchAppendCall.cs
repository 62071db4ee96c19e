using System.Collections.Concurrent;
using System.Threading.Channels;
using Cqrs.EventStore.EventStoreDb.Protocol;
using Cqrs.EventStore.EventStoreDb.Wire;
using Cqrs.EventStore.Log;
using Cqrs.Gateway.Calls;
using Microsoft.Extensions.Logging;

namespace Cqrs.Gateway.Appending;

/// <summary>
/// <c>Streams.BatchAppend</c>: appends one after another on one call, in as many messages as each takes, answered as they
/// are done. Those to one stream keep their order; those to several share commits.
/// </summary>
/// <remarks>
/// A caller who does not read his answers, or who has <see cref="Lanes"/> appends under way, is not read from until that
/// changes.
/// </remarks>
internal sealed partial class BatchAppendCall(IEventLog log, GrpcCall call, GatewayLimits limits, TimeProvider clock, ILogger logger)
{
    private const int Lanes = 64;

    // Bytes of appends that have begun and not ended; of one append that has all lanes to itself.
    private const long MostBegun = 4L * AppendLimits.Bytes;
    private const long Large = AppendLimits.Bytes / 16;

    private readonly ConcurrentDictionary<Guid, Begun> _begun = new();
    private readonly Task[] _lanes = [.. Enumerable.Repeat(Task.CompletedTask, Lanes)];
    private readonly SemaphoreSlim _free = new(Lanes);

    private readonly Channel<BatchAppendResp> _answers =
        Channel.CreateBounded<BatchAppendResp>(new BoundedChannelOptions(Lanes) { SingleReader = true });

    public async Task RunAsync()
    {
        // Some clients wait for the headers before they say anything.
        await call.AcceptAsync();
        var answering = AnswerAsync();
        try
        {
            while (await call.NextAsync(BatchAppendReq.Parser, GatewayLimits.AppendLength, patient: true) is { } request)
                await TakeAsync(request);
        }
        finally
        {
            foreach (var id in _begun.Keys) Remove(id)?.Dispose();
            await Task.WhenAll(_lanes);
            _answers.Writer.TryComplete();
            await answering;
            _free.Dispose();
        }
    }

    private async Task TakeAsync(BatchAppendReq request)
    {
        if (!TryId(request.CorrelationId, out var id)) throw Refusals.Invalid("The correlation id of an append is missing, or is none.");
        try
        {
            if (request.Options is not null) await BeginAsync(id, request);
            if (!_begun.TryGetValue(id, out var begun)) return;
            foreach (var message in request.ProposedMessages)
                begun.Proposals.Add(message.Id, message.Metadata, message.CustomMetadata, message.Data);
            if (_begun.Values.Sum(other => other.Proposals.Size) > MostBegun)
                throw Refusals.Invalid("Too many appends have begun and not ended.");
            if (request.IsFinal && Remove(id) is { } complete) await SubmitAsync(request.CorrelationId, complete);
        }
        catch (CallException refusal)
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

        // Options that are told again are passed over: the append has begun with the first.
        var begun = new Begun(proposals, CancellationTokenSource.CreateLinkedTokenSource(call.Cancelled));
        if (!_begun.TryAdd(id, begun))
        {
            begun.Dispose();
            return;
        }

        begun.Run(time, over: () =>
        {
            // The rest of it did not come. Nobody waits for this answer to be written; the call does, at its end.
            if (Remove(id) is not null) _ = AnswerAsync(request.CorrelationId, stream, BatchAnswers.Timeout());
        });
    }

    private async Task SubmitAsync(UUID correlation, Begun begun)
    {
        await _free.WaitAsync(call.Cancelled);
        if (begun.Proposals.Size > Large) await Task.WhenAll(_lanes);
        ref var lane = ref _lanes[(uint)StringComparer.Ordinal.GetHashCode(begun.Proposals.Stream) % Lanes];
        var before = lane;
        lane = Task.Run(() => AppendAsync(before, correlation, begun));
    }

    // Never fails: others wait in the lane behind it.
    private async Task AppendAsync(Task before, UUID correlation, Begun begun)
    {
        await before;
        BatchAppendResp answer;
        try
        {
            var (version, position) = await begun.Proposals.AppendAsync(log, begun.Cancelled);
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
        _free.Release();
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
            // The call has ended; nobody is there to be told.
        }
    }

    private async Task AnswerAsync()
    {
        try
        {
            while (await _answers.Reader.WaitToReadAsync(call.Cancelled))
            {
                while (_answers.Reader.TryRead(out var answer)) await call.WriteAsync(answer);
                await call.FlushAsync();
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

    [LoggerMessage(Level = LogLevel.Error, Message = "An append failed.")]
    private partial void Failed(Exception error);
}
