using System.Buffers;
using System.Buffers.Text;

namespace Cqrs.Domain.Tokens;

/// <summary>
/// Base64url without padding (RFC 4648 §5), one text for each byte string and one only: padding, white space, the
/// standard alphabet's <c>+</c> and <c>/</c>, and endings with leftover bits are refused. Were they accepted, one token
/// would have several spellings, and a list of revoked or used ones could be walked around.
/// </summary>
public static class StrictBase64Url
{
    private static readonly SearchValues<char> Letters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    /// <summary>How many characters <paramref name="bytes"/> bytes take.</summary>
    public static int LengthOf(int bytes) => ((bytes * 4) + 2) / 3;

    public static string Write(ReadOnlySpan<byte> bytes) => Base64Url.EncodeToString(bytes);

    /// <summary>Reads a text that must stand for exactly <paramref name="destination"/>'s length of bytes. Never throws.</summary>
    public static bool TryReadExactly(ReadOnlySpan<char> text, Span<byte> destination) =>
        text.Length == LengthOf(destination.Length) && TryRead(text, destination, out _);

    /// <summary>
    /// Reads a text of any length into the beginning of <paramref name="destination"/>. False, and never an exception,
    /// when it is not strict base64url or does not fit.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<char> text, Span<byte> destination, out int written)
    {
        written = 0;

        // The size is asked first: nothing that cannot fit is looked at, however large it is. Of the decoder's own
        // leniencies (padding, white space) the alphabet takes care; leftover bits it refuses itself.
        return text.Length % 4 != 1
            && (long)text.Length * 3 / 4 <= destination.Length
            && !text.ContainsAnyExcept(Letters)
            && Base64Url.DecodeFromChars(text, destination, out _, out written) == OperationStatus.Done;
    }
}
