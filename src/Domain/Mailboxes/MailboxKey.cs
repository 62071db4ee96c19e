using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Tokens;

namespace Cqrs.Domain.Mailboxes;

/// <summary>
/// A user's mailbox key: 32 random bytes, made once when he is first verified, from which everything is derived that
/// the messaging and notification sides know him by. A secret: it prints as a word, its text must be asked for.
/// Format: docs/formats.md, "Keys and names".
/// </summary>
public sealed class MailboxKey : IEquatable<MailboxKey>
{
    /// <summary>Length in bytes.</summary>
    public const int Size = 32;

    private const int ConnectionIdLength = 36;

    private readonly byte[] _bytes;

    private MailboxKey(byte[] bytes) => _bytes = bytes;

    public ReadOnlySpan<byte> Bytes => _bytes;

    public UserKey UserKey => UserKey.Read(Named("cqrs/user/v1\0"u8, stackalloc byte[Size]));

    public BitName BitName => BitName.Read(Named("cqrs/bit/v1\0"u8, stackalloc byte[Size]));

    /// <summary>From exactly 32 bytes; whoever makes a new key draws them at random.</summary>
    public static MailboxKey Read(ReadOnlySpan<byte> bytes) => bytes.Length == Size
        ? new(bytes.ToArray())
        : throw new ArgumentException("Exactly 32 bytes are needed.", nameof(bytes));

    /// <summary>From its text: 43 characters of base64url, no other spelling. Never throws.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out MailboxKey? key)
    {
        Span<byte> bytes = stackalloc byte[Size];
        key = StrictBase64Url.TryReadExactly(text, bytes) ? new(bytes.ToArray()) : null;
        return key is not null;
    }

    /// <summary>
    /// This user's half for one connection. Derived per connection: with one half for all, a friend of both ends could
    /// compute the name of their mailbox.
    /// </summary>
    public MailboxHalf HalfFor(ConnectionId connection)
    {
        Span<char> text = stackalloc char[ConnectionIdLength];
        connection.Value.TryFormat(text, out _, "D");
        Span<byte> ascii = stackalloc byte[ConnectionIdLength];
        Encoding.ASCII.GetBytes(text, ascii);

        Span<byte> half = stackalloc byte[MailboxHalf.Size];
        Scramble.Derive(_bytes, "cqrs/half/v1\0"u8, ascii, half);
        return MailboxHalf.Read(half);
    }

    /// <summary>43 characters of base64url: the secret itself.</summary>
    public string Reveal() => StrictBase64Url.Write(_bytes);

    public bool Equals(MailboxKey? other) => other is not null && CryptographicOperations.FixedTimeEquals(_bytes, other._bytes);

    public override bool Equals(object? obj) => Equals(obj as MailboxKey);

    public override int GetHashCode() => BitConverter.ToInt32(_bytes);

    public override string ToString() => "mailbox key";

    private ReadOnlySpan<byte> Named(ReadOnlySpan<byte> label, Span<byte> mac)
    {
        Scramble.Derive(_bytes, label, [], mac);
        return mac[..16];
    }
}
