using System.Globalization;
using Cqrs.Domain.Mailboxes;

namespace Cqrs.Messaging.Videos;

/// <summary>What names a video in a store: the mailbox that tells of it and its time stamp. Format: docs/formats.md, "S3".</summary>
/// <param name="Video">Unix ms, 1 to the end of the year 9999.</param>
public readonly record struct VideoKey(MailboxName Mailbox, long Video)
{
    private static readonly long Last = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    /// <summary>Whether a number can be the time stamp of a video.</summary>
    public static bool IsVideo(long video) => video >= 1 && video <= Last;

    /// <summary>From the two parts of its text. Never throws.</summary>
    public static bool TryParse(string? mailbox, string? video, out VideoKey key)
    {
        var isKey = MailboxName.TryParse(mailbox, out var name)
            & long.TryParse(video, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && IsVideo(number);
        key = isKey ? new(name, number) : default;
        return isKey;
    }

    /// <summary><c>{b64 mailbox}/{video}</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Mailbox}/{Video}");
}
