using System.Buffers;

namespace Cqrs.Messaging.Videos;

/// <summary>What an upload must be, to the byte.</summary>
/// <param name="ContentType">See <see cref="IsContentType"/>.</param>
/// <param name="Length">Bytes, at least 1.</param>
public sealed record VideoTerms(string ContentType, long Length)
{
    /// <summary>The longest content type, characters.</summary>
    public const int LongestContentType = 80;

    private const string Video = "video/";
    private const string Sealed = "application/octet-stream";

    private static readonly SearchValues<char> Subtype = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789.+-");

    /// <summary>
    /// <c>video/…</c> without parameters, or <c>application/octet-stream</c> for what only phones can read: nothing that
    /// a browser would run. Lower case.
    /// </summary>
    public static bool IsContentType(string? text) => text == Sealed
        || (text is { Length: > 6 and <= LongestContentType } && text.StartsWith(Video, StringComparison.Ordinal) && !text.AsSpan(Video.Length).ContainsAnyExcept(Subtype));
}
