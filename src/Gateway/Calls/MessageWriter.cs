using System.IO.Pipelines;
using Grpc.Core;

namespace Cqrs.Gateway.Calls;

/// <summary>Writes the messages of a call, several to a packet. Not for several threads at a time.</summary>
/// <remarks>
/// Headers leave with the first message. A call that ends without a message is answered by its headers alone
/// (<em>Trailers-Only</em>), as the server answers it.
/// </remarks>
internal sealed class MessageWriter<T>
{
    // A slow reader makes the writer wait. Until then no more than this lies here, beside Kestrel's own buffer.
    private const int FlushAt = 32 * 1_024;

    private readonly IServerStreamWriter<T> _messages;
    private readonly PipeWriter _body;
    private readonly CancellationToken _cancelled;
    private bool _unflushed;

    public MessageWriter(IServerStreamWriter<T> messages, Call call)
    {
        _messages = messages;
        _body = call.Context.GetHttpContext().Response.BodyWriter;
        _cancelled = call.Cancelled;

        // Else the library sends a packet for each message.
        messages.WriteOptions = new(WriteFlags.BufferHint);
    }

    /// <summary>Writes a message; waits while the client does not read what was written before.</summary>
    public async ValueTask WriteAsync(T message)
    {
        // Without the token: the library would reset the call when it is cancelled, and the client would get no status.
        await _messages.WriteAsync(message, CancellationToken.None);
        _unflushed = true;
        if (_body.UnflushedBytes >= FlushAt) await FlushAsync();
    }

    /// <summary>Sends what was written.</summary>
    public async ValueTask FlushAsync()
    {
        if (!_unflushed) return;
        _unflushed = false;
        await _body.FlushAsync(_cancelled);
        _cancelled.ThrowIfCancellationRequested();
    }
}
