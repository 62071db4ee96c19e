using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using Google.Protobuf;

namespace Cqrs.EventStore.EventStoreDb.Wire;

/// <summary>
/// Messages on the wire: a byte that says whether the message is compressed, its length as four bytes, big-endian, the
/// message. Source: <c>doc/PROTOCOL-HTTP2.md</c> of gRPC's public repository. Compression is never asked for, so never
/// accepted.
/// </summary>
internal static class GrpcFrames
{
    public const int HeaderLength = 5;

    public static void Write(IBufferWriter<byte> output, IMessage message)
    {
        var length = message.CalculateSize();
        var header = output.GetSpan(HeaderLength);
        header[0] = 0;
        BinaryPrimitives.WriteInt32BigEndian(header[1..], length);
        output.Advance(HeaderLength);
        if (length > 0) message.WriteTo(output);
    }
}

/// <summary>Reads the messages of one direction of one call. Not for several threads at a time.</summary>
/// <param name="input">The body.</param>
/// <param name="maxLength">The longest message that is accepted, bytes.</param>
internal sealed class GrpcFrameReader(PipeReader input, int maxLength)
{
    /// <summary>The next message; null when the other side has ended orderly.</summary>
    /// <exception cref="GrpcFormatException">What comes is no frame, or not this message; nothing more can be read.</exception>
    public async ValueTask<T?> ReadAsync<T>(MessageParser<T> parser, CancellationToken cancel)
        where T : class, IMessage<T>
    {
        while (true)
        {
            var result = await input.ReadAsync(cancel);
            var buffer = result.Buffer;
            if (TryTake(ref buffer, out var message))
            {
                try
                {
                    return Parse(parser, message);
                }
                finally
                {
                    input.AdvanceTo(buffer.Start);
                }
            }

            if (result.IsCompleted)
            {
                var rest = buffer.Length;
                input.AdvanceTo(buffer.End);
                return rest == 0 ? null : throw new GrpcFormatException($"The stream ends {rest} bytes into a message.");
            }

            // Consumed up to the start: the rest is looked at again when more has come.
            input.AdvanceTo(buffer.Start, buffer.End);
            cancel.ThrowIfCancellationRequested();
        }
    }

    /// <summary>A message that lies in the buffer already; nothing is waited for.</summary>
    public bool TryRead<T>(MessageParser<T> parser, out T? message)
        where T : class, IMessage<T>
    {
        message = null;
        if (!input.TryRead(out var result)) return false;
        var buffer = result.Buffer;
        if (!TryTake(ref buffer, out var bytes))
        {
            // Nothing is marked as looked at: what is here must be found again by the next read, waiting or not.
            input.AdvanceTo(buffer.Start);
            return false;
        }

        try
        {
            message = Parse(parser, bytes);
            return true;
        }
        finally
        {
            input.AdvanceTo(buffer.Start);
        }
    }

    private bool TryTake(ref ReadOnlySequence<byte> buffer, out ReadOnlySequence<byte> message)
    {
        message = default;
        if (buffer.Length < GrpcFrames.HeaderLength) return false;
        Span<byte> header = stackalloc byte[GrpcFrames.HeaderLength];
        buffer.Slice(0, GrpcFrames.HeaderLength).CopyTo(header);
        if (header[0] != 0) throw new GrpcFormatException("A message is compressed, which was not asked for.");
        var length = BinaryPrimitives.ReadUInt32BigEndian(header[1..]);
        if (length > maxLength) throw new GrpcMessageTooLongException($"A message has {length} bytes; at most {maxLength} are accepted.");
        if (buffer.Length < GrpcFrames.HeaderLength + length) return false;
        message = buffer.Slice(GrpcFrames.HeaderLength, length);
        buffer = buffer.Slice(message.End);
        return true;
    }

    private static T Parse<T>(MessageParser<T> parser, ReadOnlySequence<byte> message)
        where T : class, IMessage<T>
    {
        try
        {
            return parser.ParseFrom(message);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new GrpcFormatException($"A message is no {typeof(T).Name}.", e);
        }
    }
}
