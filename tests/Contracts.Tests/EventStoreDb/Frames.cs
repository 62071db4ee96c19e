using System.Buffers.Binary;
using System.IO.Pipelines;
using Google.Protobuf;

namespace Cqrs.Contracts.Tests.EventStoreDb;

/// <summary>
/// Messages as gRPC frames them: a byte that says whether the message is compressed, its length as four bytes,
/// big-endian, the message. For tests that send and receive single bytes.
/// </summary>
internal static class Frames
{
    public const int HeaderLength = 5;

    public static byte[] Header(uint length)
    {
        var header = new byte[HeaderLength];
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(1), length);
        return header;
    }

    public static byte[] Of(IMessage message)
    {
        var bytes = message.ToByteArray();
        return [.. Header((uint)bytes.Length), .. bytes];
    }

    /// <summary>The next message; null at the end.</summary>
    public static async Task<T?> ReadAsync<T>(this PipeReader input, MessageParser<T> parser, CancellationToken cancel)
        where T : class, IMessage<T>
    {
        var header = await TakeAsync(input, HeaderLength, cancel);
        if (header is null) return null;
        var message = await TakeAsync(input, (int)BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(1)), cancel);
        return parser.ParseFrom(message ?? throw new InvalidDataException("The body ends inside a message."));
    }

    private static async Task<byte[]?> TakeAsync(PipeReader input, int length, CancellationToken cancel)
    {
        if (length == 0) return [];
        var result = await input.ReadAtLeastAsync(length, cancel);
        if (result.Buffer.Length < length) return null;
        var bytes = new byte[length];
        var taken = result.Buffer.Slice(0, length);
        System.Buffers.BuffersExtensions.CopyTo(taken, bytes);
        input.AdvanceTo(taken.End);
        return bytes;
    }
}
