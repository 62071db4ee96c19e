using System.Buffers.Binary;
using System.Text;

namespace Cqrs.EventStore.Sqlite.Integrity;

/// <summary>
/// The checksum of an event as it is stored, sealed fields included: erasing a person's key changes none. It is made in two
/// steps. The thread of the caller hashes the contents; the thread that commits adds what it alone knows. Part of the file
/// format: docs/decisions/embedded-log.md.
/// </summary>
internal static class EventChecksum
{
    /// <summary>Returns the hash of what the caller of an append gives.</summary>
    /// <param name="name">Of the stream, in UTF-8, as it is stored.</param>
    /// <param name="id">16 bytes, big-endian.</param>
    public static ulong OfContents(
        ReadOnlySpan<byte> name, ReadOnlySpan<byte> id, string type, bool isJson, ReadOnlySpan<byte> data, ReadOnlySpan<byte> metadata)
    {
        var size = Encoding.UTF8.GetMaxByteCount(type.Length);
        Span<byte> text = size <= 512 ? stackalloc byte[size] : new byte[size];
        var hash = XxHash64.Of(id, isJson ? 1UL : 0UL);

        // Each hash is the seed of the next one and knows the length of its part: bytes cannot move from one part to another.
        hash = XxHash64.Of(text[..Encoding.UTF8.GetBytes(type, text)], hash);
        hash = XxHash64.Of(name, hash);
        hash = XxHash64.Of(data, hash);
        return XxHash64.Of(metadata, hash);
    }

    /// <summary>Returns the checksum that the row holds.</summary>
    /// <param name="contents">From <see cref="OfContents"/>.</param>
    /// <param name="stream">Position of the first event of its stream.</param>
    /// <param name="category">Number of the label.</param>
    /// <param name="type">Number of the label.</param>
    /// <param name="created">Units of 100 ns since 0001-01-01 UTC.</param>
    public static long OfEvent(ulong contents, long position, long stream, long version, long category, long type, long created)
    {
        Span<byte> numbers = stackalloc byte[48];
        BinaryPrimitives.WriteInt64LittleEndian(numbers, position);
        BinaryPrimitives.WriteInt64LittleEndian(numbers[8..], stream);
        BinaryPrimitives.WriteInt64LittleEndian(numbers[16..], version);
        BinaryPrimitives.WriteInt64LittleEndian(numbers[24..], category);
        BinaryPrimitives.WriteInt64LittleEndian(numbers[32..], type);
        BinaryPrimitives.WriteInt64LittleEndian(numbers[40..], created);
        return unchecked((long)XxHash64.Of(numbers, contents));
    }
}
