using System.Buffers.Binary;
using Cqrs.EventStore.EventStoreDb.Protocol;
using Google.Protobuf;

namespace Cqrs.EventStore.EventStoreDb.Wire;

/// <summary>Ids, names, times and kinds of content, as the protocol writes them.</summary>
internal static class Conversions
{
    public const string Json = "application/json";
    public const string Binary = "application/octet-stream";

    /// <summary>Keys of the metadata that the protocol keeps beside ours.</summary>
    public const string Type = "type";
    public const string Created = "created";
    public const string ContentType = "content-type";

    /// <summary>Two halves of the id in RFC 4122 order, each a big-endian number.</summary>
    public static UUID ToUuid(Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        return new()
        {
            Structured = new()
            {
                MostSignificantBits = BinaryPrimitives.ReadInt64BigEndian(bytes),
                LeastSignificantBits = BinaryPrimitives.ReadInt64BigEndian(bytes[8..]),
            },
        };
    }

    /// <exception cref="GrpcFormatException">It is no id.</exception>
    public static Guid ToGuid(UUID? id)
    {
        switch (id?.ValueCase)
        {
            case UUID.ValueOneofCase.Structured:
                Span<byte> bytes = stackalloc byte[16];
                BinaryPrimitives.WriteInt64BigEndian(bytes, id.Structured.MostSignificantBits);
                BinaryPrimitives.WriteInt64BigEndian(bytes[8..], id.Structured.LeastSignificantBits);
                return new(bytes, bigEndian: true);
            case UUID.ValueOneofCase.String when Guid.TryParse(id.String, out var parsed):
                return parsed;
            default:
                throw new GrpcFormatException("An id is missing, or is none.");
        }
    }

    public static StreamIdentifier ToIdentifier(string stream) => new() { StreamName = ByteString.CopyFromUtf8(stream) };

    /// <summary>Ticks of 100 ns since 1970, as <see cref="Created"/> carries them.</summary>
    public static string ToCreated(DateTimeOffset time) => (time.UtcTicks - DateTime.UnixEpoch.Ticks).ToString();

    /// <exception cref="GrpcFormatException">It is no time.</exception>
    public static DateTimeOffset FromCreated(string? text) =>
        long.TryParse(text, out var ticks) && ticks >= -DateTime.UnixEpoch.Ticks && ticks <= DateTime.MaxValue.Ticks - DateTime.UnixEpoch.Ticks
            ? new(DateTime.UnixEpoch.Ticks + ticks, TimeSpan.Zero)
            : throw new GrpcFormatException("The time of an event is missing, or is none.");
}
