using System.Buffers.Binary;
using Google.Protobuf;

namespace Cqrs.Contracts.Tests.Gateway;

/// <summary>
/// Messages as gRPC frames: a compression flag of one byte, the length as four bytes, big-endian, the message. Source:
/// <c>doc/PROTOCOL-HTTP2.md</c> of gRPC's public repository. Written by hand, so that tests can also break a frame.
/// </summary>
internal static class Frames
{
    private const int HeaderLength = 5;

    public static byte[] Of(params IEnumerable<IMessage> messages) => [.. messages.SelectMany(message => Of(message.ToByteArray()))];

    public static byte[] Of(byte[] message, byte flag = 0)
    {
        var frame = new byte[HeaderLength + message.Length];
        frame[0] = flag;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), message.Length);
        message.CopyTo(frame, HeaderLength);
        return frame;
    }

    /// <summary>Reads one message; null at the end of the stream between two frames.</summary>
    public static async Task<T?> ReadAsync<T>(Stream stream, MessageParser<T> parser)
        where T : class, IMessage<T>
    {
        var header = new byte[HeaderLength];
        var read = await stream.ReadAtLeastAsync(header, HeaderLength, throwOnEndOfStream: false);
        if (read == 0) return null;
        read.ShouldBe(HeaderLength, "the stream ends within the header of a frame");
        header[0].ShouldBe((byte)0, "a message is compressed");
        var message = new byte[BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(1))];
        await stream.ReadExactlyAsync(message);
        return parser.ParseFrom(message);
    }
}
