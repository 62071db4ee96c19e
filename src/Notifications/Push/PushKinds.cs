namespace Cqrs.Notifications.Push;

/// <summary>What a push can tell. The names go over the wire.</summary>
public static class PushKinds
{
    public const string Invited = "invited";
    public const string Accepted = "accepted";
    public const string Rejected = "rejected";
    public const string Joined = "joined";
    public const string NewVideo = "new-video";
    public const string VideoStatus = "video-status";

    /// <summary>Those that phones may send to each other; the others come from the log alone.</summary>
    public static readonly IReadOnlyList<string> OfPhones = [NewVideo, VideoStatus];

    /// <summary>What the person reads where the app shows nothing of its own; null for a kind that there is not.</summary>
    public static string? TextOf(string? kind) => kind switch
    {
        Invited => "Somebody invites you.",
        Accepted => "Your invite was accepted.",
        Rejected => "Your invite was declined.",
        Joined => "Somebody whom you invited has joined.",
        NewVideo => "You have a new video.",
        VideoStatus => "There is news of a video that you sent.",
        _ => null,
    };
}
