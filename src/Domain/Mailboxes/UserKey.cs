using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace Cqrs.Domain.Mailboxes;

/// <summary>
/// How the notification server knows a user: 16 bytes derived from his mailbox key, from which neither the key nor the
/// user can be found. Format: docs/formats.md, "Keys and names".
/// </summary>
/// <param name="Value">The 16 bytes, read big-endian.</param>
public readonly record struct UserKey(UInt128 Value)
{
    /// <summary>Length in bytes.</summary>
    public const int Size = 16;

    /// <summary>From exactly 16 bytes.</summary>
    public static UserKey Read(ReadOnlySpan<byte> bytes) => new(SixteenBytes.Read(bytes));

    /// <summary>From its text: 22 characters of base64url, no other spelling. Never throws.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out UserKey value) => TryParse(text.AsSpan(), out value);

    /// <inheritdoc cref="TryParse(string?, out UserKey)"/>
    public static bool TryParse(ReadOnlySpan<char> text, out UserKey value)
    {
        var read = SixteenBytes.TryParse(text, out var number);
        value = new(number);
        return read;
    }

    /// <summary>Into the first 16 bytes of <paramref name="destination"/>.</summary>
    public void Write(Span<byte> destination) => BinaryPrimitives.WriteUInt128BigEndian(destination, Value);

    /// <summary>22 characters of base64url.</summary>
    public override string ToString() => SixteenBytes.ToText(Value);
}
