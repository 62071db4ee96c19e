using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Cqrs.Domain.Tokens;

namespace Cqrs.Domain.Mailboxes;

/// <summary>
/// One user's half for one connection: 32 bytes that only he and the other side of that connection are given.
/// A secret: it prints as a word, its text must be asked for.
/// </summary>
public sealed class MailboxHalf : IEquatable<MailboxHalf>
{
    /// <summary>Length in bytes.</summary>
    public const int Size = 32;

    private readonly byte[] _bytes;

    private MailboxHalf(byte[] bytes) => _bytes = bytes;

    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>From exactly 32 bytes.</summary>
    public static MailboxHalf Read(ReadOnlySpan<byte> bytes) => bytes.Length == Size
        ? new(bytes.ToArray())
        : throw new ArgumentException("Exactly 32 bytes are needed.", nameof(bytes));

    /// <summary>From its text: 43 characters of base64url, no other spelling. Never throws.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out MailboxHalf? half)
    {
        Span<byte> bytes = stackalloc byte[Size];
        half = StrictBase64Url.TryReadExactly(text, bytes) ? new(bytes.ToArray()) : null;
        return half is not null;
    }

    /// <summary>43 characters of base64url: the secret itself.</summary>
    public string Reveal() => StrictBase64Url.Write(_bytes);

    public bool Equals(MailboxHalf? other) => other is not null && CryptographicOperations.FixedTimeEquals(_bytes, other._bytes);

    public override bool Equals(object? obj) => Equals(obj as MailboxHalf);

    public override int GetHashCode() => BitConverter.ToInt32(_bytes);

    public override string ToString() => "mailbox half";
}
