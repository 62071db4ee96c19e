using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Cqrs.Domain.Tokens;

/// <summary>What auth tokens and tickets have in common: version, key id, ..., mac over label and all before it.</summary>
internal static class TokenBytes
{
    public const int MacSize = 32;

    private static readonly long LastMoment = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    /// <summary>Fills in the last 32 bytes of <paramref name="labelled"/>: the label, then the token.</summary>
    public static void Sign(Span<byte> labelled, TokenKeys keys) =>
        HMACSHA256.HashData(keys.SigningKey, labelled[..^MacSize], labelled[^MacSize..]);

    /// <summary>Whether the token that follows the label in <paramref name="labelled"/> was signed by one of the keys.</summary>
    public static bool IsSigned(ReadOnlySpan<byte> labelled, int labelLength, TokenKeys keys)
    {
        if (!keys.TryFind(labelled[labelLength + 1], out var key))
            return false;

        Span<byte> mac = stackalloc byte[MacSize];
        HMACSHA256.HashData(key, labelled[..^MacSize], mac);
        return CryptographicOperations.FixedTimeEquals(mac, labelled[^MacSize..]);
    }

    /// <summary>Whole milliseconds since 1970; what lies before cannot be written.</summary>
    public static void WriteTime(Span<byte> destination, DateTimeOffset time)
    {
        var milliseconds = time.ToUnixTimeMilliseconds();
        ArgumentOutOfRangeException.ThrowIfNegative(milliseconds, nameof(time));
        BinaryPrimitives.WriteInt64BigEndian(destination, milliseconds);
    }

    /// <summary>False for a time beyond the year 9999, which only a foreign signer could have written.</summary>
    public static bool TryReadTime(ReadOnlySpan<byte> source, out DateTimeOffset time)
    {
        var milliseconds = BinaryPrimitives.ReadUInt64BigEndian(source);
        var readable = milliseconds <= (ulong)LastMoment;
        time = readable ? DateTimeOffset.FromUnixTimeMilliseconds((long)milliseconds) : default;
        return readable;
    }
}
