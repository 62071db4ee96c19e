using System.Buffers.Binary;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Cqrs.Messaging.Videos;

/// <summary>
/// A video on the disk, opened: a head of 128 bytes with its length and content type, then its bytes. The content stays
/// the same until it is closed, even when another upload replaces the file or the sweep removes it.
/// </summary>
public sealed class StoredVideo : IDisposable
{
    internal const int HeadSize = 128;

    private const int TypeAt = 17;

    private readonly SafeFileHandle _file;

    private StoredVideo(SafeFileHandle file, VideoTerms terms, DateTimeOffset at) => (_file, Terms, At) = (file, terms, at);

    public VideoTerms Terms { get; }

    /// <summary>When it was uploaded.</summary>
    public DateTimeOffset At { get; }

    /// <summary>Tells this upload from others to the same key: its time in ticks of 100 ns and its length, in hex.</summary>
    public string Version => VersionOf(At, Terms);

    private static ReadOnlySpan<byte> Magic => "cqrsvid1"u8;

    /// <summary>The bytes of the video, from its first to its last, in any order.</summary>
    public Stream Content() => new VideoContent(_file, HeadSize, Terms.Length);

    public void Dispose() => _file.Dispose();

    internal static string VersionOf(DateTimeOffset at, VideoTerms terms) => $"{at.UtcTicks:x}-{terms.Length:x}";

    internal static byte[] Head(VideoTerms terms)
    {
        var head = new byte[HeadSize];
        Magic.CopyTo(head);
        BinaryPrimitives.WriteInt64BigEndian(head.AsSpan(8), terms.Length);
        head[16] = (byte)Encoding.ASCII.GetBytes(terms.ContentType, head.AsSpan(TypeAt));
        return head;
    }

    /// <returns>Null for what is no whole video; the file is closed then.</returns>
    internal static StoredVideo? TryOpen(SafeFileHandle file)
    {
        Span<byte> head = stackalloc byte[HeadSize];
        if (RandomAccess.Read(file, head, 0) == HeadSize && head.StartsWith(Magic) && head[16] <= HeadSize - TypeAt
            && BinaryPrimitives.ReadInt64BigEndian(head[8..]) is var length && RandomAccess.GetLength(file) == HeadSize + length)
        {
            return new(file, new(Encoding.ASCII.GetString(head.Slice(TypeAt, head[16])), length), new(File.GetLastWriteTimeUtc(file)));
        }

        file.Dispose();
        return null;
    }
}
