using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Cqrs.EventStore.Sqlite.Integrity;

/// <summary>
/// The hash chain of the log: one link for each commit, stored with the commit's last event. A link is the first 16 bytes of
/// SHA-256 over the link before (16 zeros before the first commit), the position of the last event and the checksums of the
/// commit's events, all numbers of 8 bytes, little-endian. So a link stands for all events up to it.
/// </summary>
internal sealed class CommitChain
{
    /// <summary>Bytes of a link.</summary>
    public const int LinkSize = 16;

    private const int Heading = LinkSize + sizeof(long);

    private byte[] _input = new byte[Heading + (64 * sizeof(long))];
    private int _length = Heading;

    /// <summary>The link before the first commit.</summary>
    public static ReadOnlySpan<byte> Genesis => new byte[LinkSize];

    /// <summary>Whether the present commit has no event yet.</summary>
    public bool IsEmpty => _length == Heading;

    /// <summary>The newest link.</summary>
    public ReadOnlySpan<byte> Link => _input.AsSpan(0, LinkSize);

    /// <summary>Goes on from a link that was read from the log.</summary>
    public void ContinueFrom(ReadOnlySpan<byte> link)
    {
        link.CopyTo(_input);
        _length = Heading;
    }

    /// <summary>Adds the next event of the present commit.</summary>
    public void Add(long checksum)
    {
        if (_length == _input.Length) Array.Resize(ref _input, _input.Length * 2);
        BinaryPrimitives.WriteInt64LittleEndian(_input.AsSpan(_length), checksum);
        _length += sizeof(long);
    }

    /// <summary>Writes the link of the present commit; the chain stays where it is until <see cref="Advance"/>.</summary>
    /// <param name="lastPosition">Position of the commit's last event.</param>
    public void WriteLink(long lastPosition, Span<byte> link)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        BinaryPrimitives.WriteInt64LittleEndian(_input.AsSpan(LinkSize), lastPosition);
        SHA256.HashData(_input.AsSpan(0, _length), hash);
        hash[..LinkSize].CopyTo(link);
    }

    /// <summary>The commit is durable: its link is the newest one.</summary>
    public void Advance(ReadOnlySpan<byte> link) => ContinueFrom(link);

    /// <summary>Drops the events of a commit that has failed.</summary>
    public void Abandon() => _length = Heading;
}
