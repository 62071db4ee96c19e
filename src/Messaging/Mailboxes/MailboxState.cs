namespace Cqrs.Messaging.Mailboxes;

/// <summary>How far a video has come on its receiver's phone. The order is the order in which it happens.</summary>
public enum SeenStatus
{
    Downloaded = 1,
    Viewed = 2,
}

/// <summary>The last video received from the other side.</summary>
/// <param name="Video">Its time stamp, Unix ms.</param>
public readonly record struct Seen(long Video, SeenStatus Status);

/// <summary>What a sender writes into his mailbox; what is null stays as it is.</summary>
/// <param name="Video">Time stamp of the video that he has uploaded, Unix ms.</param>
public readonly record struct MailboxChange(long? Video, Seen? Seen);

/// <summary>What lies in a mailbox: written by its sender alone, polled by its receiver.</summary>
/// <param name="Video">Time stamp of the newest video that its sender sent, Unix ms; null before the first.</param>
/// <param name="Seen">What its sender has seen of the other side's videos.</param>
public readonly record struct MailboxState(long? Video, Seen? Seen)
{
    /// <summary>
    /// The state after a change. Nothing goes back in time: an older video refuses the whole change, and news of an
    /// older video, or of one that was viewed already, changes nothing.
    /// </summary>
    /// <returns>Null when the change names an older video than the one here.</returns>
    public MailboxState? After(MailboxChange change) => change.Video < Video
        ? null
        : new(change.Video ?? Video, IsNews(change.Seen) ? change.Seen : Seen);

    private bool IsNews(Seen? seen) => seen is { } news
        && (Seen is not { } known || news.Video > known.Video || (news.Video == known.Video && news.Status > known.Status));
}

/// <summary>How a status is written: in the table, and in the contract.</summary>
public static class SeenStatuses
{
    public const string Downloaded = "downloaded";
    public const string Viewed = "viewed";

    public static string Text(SeenStatus status) => status is SeenStatus.Viewed ? Viewed : Downloaded;

    /// <returns>Null for any other text.</returns>
    public static SeenStatus? TryParse(string? text) => text switch
    {
        Downloaded => SeenStatus.Downloaded,
        Viewed => SeenStatus.Viewed,
        _ => null,
    };
}
