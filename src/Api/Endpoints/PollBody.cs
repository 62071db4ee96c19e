using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Unicode;
using Cqrs.Domain.Mailboxes;
using Cqrs.Domain.Tokens;
using Cqrs.Messaging.Mailboxes;

namespace Cqrs.Api.Endpoints;

/// <summary>
/// The body of a poll, the bytes that <see cref="MailboxesResponse"/> would have, written by hand: phones ask for
/// nothing as often. Everything in it is numbers and base64url, so nothing needs to be escaped.
/// </summary>
internal static class PollBody
{
    private const int LongestChanged = 80;
    private const int LongestMailbox = 160;

    /// <summary>Room that a poll of so many mailboxes needs, bytes.</summary>
    public static int Room(int mailboxes) => LongestChanged + (mailboxes * LongestMailbox);

    /// <returns>How many bytes of <paramref name="body"/> were written.</returns>
    public static int Write(Poll poll, ReadOnlySpan<Grant> grants, Span<byte> body)
    {
        Utf8.TryWrite(body, $$"""{"changed":{"bit":{{(poll.Changed ? "true" : "false")}},"version":{{poll.Version}}},"in":[""", out var length);
        for (var i = 0; i < grants.Length; i++)
        {
            if (i > 0) body[length++] = (byte)',';
            length += Write(grants[i].In, poll.Mailboxes.Span[i], body[length..]);
        }

        "]}"u8.CopyTo(body[length..]);
        return length + 2;
    }

    /// <summary>The same for the same body, in every process: half of its SHA-256, in quotes.</summary>
    public static string ETag(ReadOnlySpan<byte> body)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(body, hash);
        Span<char> tag = stackalloc char[24];
        Base64Url.EncodeToChars(hash[..16], tag[1..], out _, out var length);
        tag[0] = tag[length + 1] = '"';
        return new(tag[..(length + 2)]);
    }

    private static int Write(MailboxName name, MailboxState state, Span<byte> body)
    {
        var length = Append(body, 0, "{\"name\":\""u8);
        Span<byte> bytes = stackalloc byte[MailboxName.Size];
        name.Write(bytes);
        Base64Url.EncodeToUtf8(bytes, body[length..], out _, out var written);
        length = Append(body, length + written, "\""u8);
        if (state.Video is { } video)
        {
            Utf8.TryWrite(body[length..], $",\"video\":{video}", out written);
            length += written;
        }

        if (state.Seen is { } seen)
        {
            Utf8.TryWrite(body[length..], $$""","seen":{"video":{{seen.Video}},"status":"{{SeenStatuses.Text(seen.Status)}}"}""", out written);
            length += written;
        }

        return Append(body, length, "}"u8);
    }

    private static int Append(Span<byte> body, int length, ReadOnlySpan<byte> text)
    {
        text.CopyTo(body[length..]);
        return length + text.Length;
    }
}
