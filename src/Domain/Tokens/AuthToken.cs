using System.Buffers.Binary;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Mailboxes;

namespace Cqrs.Domain.Tokens;

/// <summary>What an auth token says: a phone proves with it who it is. It does not run out; a newer epoch ends it.</summary>
/// <param name="Epoch">Grows at every verification and every "log out everywhere"; an older one is refused by the connections side.</param>
/// <param name="IssuedAt">Whole milliseconds, UTC.</param>
public readonly record struct AuthToken(UserId User, UserKey UserKey, uint Epoch, DateTimeOffset IssuedAt);

/// <summary>Signs and checks auth tokens. Format: docs/formats.md, "Auth token".</summary>
public static class AuthTokens
{
    /// <summary>Length of a token, bytes.</summary>
    public const int Size = 78;

    /// <summary>Length of a token's text, characters.</summary>
    public const int TextLength = 104;

    private const byte Version = 0x01;

    private static ReadOnlySpan<byte> Label => "cqrs/auth/v1\0"u8;

    /// <summary>The token's text: 104 characters of base64url.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Issued before 1970.</exception>
    public static string Sign(AuthToken token, TokenKeys keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        Span<byte> labelled = stackalloc byte[Label.Length + Size];
        Label.CopyTo(labelled);

        var bytes = labelled[Label.Length..];
        bytes[0] = Version;
        bytes[1] = keys.SigningKeyId;
        token.User.Value.TryWriteBytes(bytes[2..], bigEndian: true, out _);
        token.UserKey.Write(bytes[18..]);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[34..], token.Epoch);
        TokenBytes.WriteTime(bytes[38..], token.IssuedAt);
        TokenBytes.Sign(labelled, keys);
        return StrictBase64Url.Write(bytes);
    }

    /// <summary>
    /// Whether the text is a token signed by one of the keys. Allocates nothing, compares in constant time and never
    /// throws, whatever the text is. Whether the epoch is still the user's is for the connections side to ask.
    /// </summary>
    public static bool TryVerify(ReadOnlySpan<char> text, TokenKeys keys, out AuthToken token)
    {
        ArgumentNullException.ThrowIfNull(keys);
        token = default;
        Span<byte> labelled = stackalloc byte[Label.Length + Size];
        Label.CopyTo(labelled);

        var bytes = labelled[Label.Length..];
        if (!StrictBase64Url.TryReadExactly(text, bytes)
            || bytes[0] != Version
            || !TokenBytes.IsSigned(labelled, Label.Length, keys)
            || !TokenBytes.TryReadTime(bytes[38..46], out var issuedAt))
        {
            return false;
        }

        token = new(
            new(new Guid(bytes[2..18], bigEndian: true)),
            UserKey.Read(bytes[18..34]),
            BinaryPrimitives.ReadUInt32BigEndian(bytes[34..38]),
            issuedAt);
        return true;
    }
}
