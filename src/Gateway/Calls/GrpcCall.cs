using Cqrs.EventStore.EventStoreDb.Wire;
using Google.Protobuf;
using Microsoft.AspNetCore.Http;

namespace Cqrs.Gateway.Calls;

/// <summary>One call as its handler sees it: messages in, messages out. Not for several threads at a time.</summary>
/// <param name="access">What the caller may do.</param>
/// <param name="cancelled">His deadline has passed, he has gone, or the server stops.</param>
internal sealed class GrpcCall(HttpContext context, Access access, GatewayLimits limits, CancellationToken cancelled)
{
    // A slow reader makes the writer wait; until then no more than this lies here, beside what Kestrel takes.
    private const int FlushAt = 32 * 1_024;

    private GrpcFrameReader? _requests;
    private int _unflushed;

    public Access Access => access;

    public CancellationToken Cancelled => cancelled;

    /// <summary>The address by which the caller came here: <c>host</c> or <c>host:port</c>.</summary>
    public HostString Host => context.Request.Host;

    /// <summary>The next message; null when the caller has said all.</summary>
    /// <param name="patient">A caller who owes a message is not waited for without end; one who just keeps a call open is.</param>
    /// <exception cref="CallException">It did not come in time.</exception>
    /// <exception cref="GrpcFormatException">What came is no such message.</exception>
    public async ValueTask<T?> NextAsync<T>(MessageParser<T> parser, int maxLength, bool patient = false)
        where T : class, IMessage<T>
    {
        _requests ??= new(context.Request.BodyReader, maxLength);
        if (patient) return await _requests.ReadAsync(parser, cancelled);
        using var inTime = CancellationTokenSource.CreateLinkedTokenSource(cancelled);
        inTime.CancelAfter(limits.Patience);
        try
        {
            return await _requests.ReadAsync(parser, inTime.Token);
        }
        catch (OperationCanceledException) when (!cancelled.IsCancellationRequested)
        {
            throw new CallException(GrpcStatus.DeadlineExceeded, $"No message came for {limits.Patience.TotalSeconds} s.");
        }
    }

    /// <summary>The only message of a call that has one.</summary>
    public async ValueTask<T> SingleAsync<T>(MessageParser<T> parser)
        where T : class, IMessage<T> =>
        await NextAsync(parser, GatewayLimits.QuestionLength) ?? throw new GrpcFormatException($"The call has no {typeof(T).Name}.");

    /// <summary>Has the caller know that he was heard, before there is anything to tell.</summary>
    public async ValueTask AcceptAsync() => await context.Response.BodyWriter.FlushAsync(cancelled);

    /// <summary>Writes a message; waits while the caller does not read what was written before.</summary>
    public ValueTask WriteAsync(IMessage message)
    {
        GrpcFrames.Write(context.Response.BodyWriter, message);
        _unflushed += GrpcFrames.HeaderLength + message.CalculateSize();
        return _unflushed < FlushAt ? ValueTask.CompletedTask : FlushAsync();
    }

    /// <summary>Sends what was written.</summary>
    public async ValueTask FlushAsync()
    {
        if (_unflushed == 0) return;
        _unflushed = 0;
        await context.Response.BodyWriter.FlushAsync(cancelled);
        cancelled.ThrowIfCancellationRequested();
    }
}
