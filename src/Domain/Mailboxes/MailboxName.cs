using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace Cqrs.Domain.Mailboxes;

/// <summary>
/// The name of the mailbox from one user to another over one connection: 16 bytes from both halves; not symmetric, so
/// that each direction has its own. Format: docs/formats.md, "Keys and names".
/// </summary>
/// <param name="Value">The 16 bytes, read big-endian.</param>
public readonly record struct MailboxName(UInt128 Value)
{
    /// <summary>Length in bytes.</summary>
    public const int Size = 16;

    /// <summary>
    /// The mailbox that the owner of <paramref name="sender"/> writes and the owner of <paramref name="receiver"/> reads.
    /// </summary>
    public static MailboxName From(MailboxHalf sender, MailboxHalf receiver)
    {
        Span<byte> bytes = stackalloc byte[MailboxHalf.Size];
        Scramble.Derive(sender.Bytes, "cqrs/mailbox/v1\0"u8, receiver.Bytes, bytes);
        return Read(bytes[..Size]);
    }

    /// <summary>From exactly 16 bytes.</summary>
    public static MailboxName Read(ReadOnlySpan<byte> bytes) => new(SixteenBytes.Read(bytes));

    /// <summary>From its text: 22 characters of base64url, no other spelling. Never throws.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out MailboxName value) => TryParse(text.AsSpan(), out value);

    /// <inheritdoc cref="TryParse(string?, out MailboxName)"/>
    public static bool TryParse(ReadOnlySpan<char> text, out MailboxName value)
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
