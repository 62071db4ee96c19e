using System.Security.Cryptography;
using System.Text;

namespace Cqrs.Domain.Identity;

/// <summary>A user; one per phone number. Drawn by the command that first names the number.</summary>
public readonly record struct UserId(Guid Value) : IComparable<UserId>
{
    public int CompareTo(UserId other) => Value.CompareTo(other.Value);

    public override string ToString() => Value.ToString("D");
}

/// <summary>
/// An unordered pair of users. Derived from both ids, so that whoever invites first, and even when both do at once,
/// they meet in the same stream.
/// </summary>
public readonly record struct ConnectionId(Guid Value) : IComparable<ConnectionId>
{
    /// <summary>The connection of two users; the same whichever comes first.</summary>
    public static ConnectionId Between(UserId one, UserId other)
    {
        var (first, second) = one.CompareTo(other) <= 0 ? (one, other) : (other, one);
        return new(DerivedGuid.From("cqrs/connection/v1\0"u8, first.Value, second.Value));
    }

    public int CompareTo(ConnectionId other) => Value.CompareTo(other.Value);

    public override string ToString() => Value.ToString("D");
}

/// <summary>
/// One request to change something. A retry carries the same id, and everything a command makes (event ids, new user
/// ids, attempt ids) derives from it: that is how a retry is recognised.
/// </summary>
public readonly record struct CommandId(Guid Value)
{
    /// <summary>The id of the <paramref name="index"/>-th event that this command appends to a stream.</summary>
    public Guid EventId(string stream, int index)
    {
        Span<byte> text = stackalloc byte[Encoding.UTF8.GetMaxByteCount(stream.Length) + 4];
        var length = Encoding.UTF8.GetBytes(stream, text);
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(text[length..], index);
        return DerivedGuid.From("cqrs/event/v1\0"u8, Value, text[..(length + 4)]);
    }

    /// <summary>An id for something that this command makes, told apart by <paramref name="label"/>.</summary>
    public Guid Derive(string label) => DerivedGuid.From("cqrs/derived/v1\0"u8, Value, Encoding.UTF8.GetBytes(label));

    public override string ToString() => Value.ToString("D");
}

/// <summary>Name-based UUIDs: SHA-256 in the layout of RFC 9562's version 8.</summary>
public static class DerivedGuid
{
    public static Guid From(ReadOnlySpan<byte> label, Guid one, Guid other)
    {
        Span<byte> second = stackalloc byte[16];
        other.TryWriteBytes(second, bigEndian: true, out _);
        return From(label, one, second);
    }

    /// <summary>The UUID named by <paramref name="label"/> || <paramref name="id"/> (RFC 4122 order) || <paramref name="rest"/>.</summary>
    public static Guid From(ReadOnlySpan<byte> label, Guid id, ReadOnlySpan<byte> rest)
    {
        var length = label.Length + 16 + rest.Length;
        Span<byte> input = length <= 512 ? stackalloc byte[length] : new byte[length];
        label.CopyTo(input);
        id.TryWriteBytes(input[label.Length..], bigEndian: true, out _);
        rest.CopyTo(input[(label.Length + 16)..]);

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(input, hash);
        hash[6] = (byte)((hash[6] & 0x0F) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new(hash[..16], bigEndian: true);
    }
}
