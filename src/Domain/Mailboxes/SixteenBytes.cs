using System.Buffers.Binary;
using Cqrs.Domain.Tokens;

namespace Cqrs.Domain.Mailboxes;

/// <summary>What the three kinds of 16-byte names have in common.</summary>
internal static class SixteenBytes
{
    public static UInt128 Read(ReadOnlySpan<byte> bytes) => bytes.Length == 16
        ? BinaryPrimitives.ReadUInt128BigEndian(bytes)
        : throw new ArgumentException("Exactly 16 bytes are needed.", nameof(bytes));

    public static bool TryParse(ReadOnlySpan<char> text, out UInt128 value)
    {
        Span<byte> bytes = stackalloc byte[16];
        var read = StrictBase64Url.TryReadExactly(text, bytes);
        value = read ? BinaryPrimitives.ReadUInt128BigEndian(bytes) : default;
        return read;
    }

    public static string ToText(UInt128 value)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, value);
        return StrictBase64Url.Write(bytes);
    }
}
