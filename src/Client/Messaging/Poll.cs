using Cqrs.Domain.Identity;
using Cqrs.Domain.Mailboxes;

namespace Cqrs.Client.Messaging;

/// <summary>How far the receiver has come with a video.</summary>
public enum VideoStatus
{
    Downloaded,
    Viewed,
}

/// <summary>What the last video that somebody received has become.</summary>
/// <param name="Video">Which, Unix ms.</param>
public sealed record Seen(long Video, VideoStatus Status);

/// <summary>What waits in the mailboxes.</summary>
/// <param name="ConnectionsChanged">The list of connections is not the one that the app has: fetch it.</param>
/// <param name="Version">Version of the list of connections that is there to be fetched; 0 when none ever changed.</param>
/// <param name="In">One for each connection.</param>
public sealed record Poll(bool ConnectionsChanged, long Version, IReadOnlyList<Incoming> In);

/// <summary>What the other side of a connection has told.</summary>
/// <param name="Video">His newest video, Unix ms; null before the first. New if it is larger than that of the last one that the phone has.</param>
/// <param name="Seen">What became of the last video that he received.</param>
public sealed record Incoming(ConnectionId Connection, long? Video, Seen? Seen);

internal sealed record PollAnswer(ChangedAnswer Changed, IReadOnlyList<IncomingAnswer> In);

internal sealed record ChangedAnswer(long Version);

internal sealed record IncomingAnswer(MailboxName Name, long? Video = null, Seen? Seen = null);

internal sealed record MailboxWrite(long? Video = null, Seen? Seen = null);
