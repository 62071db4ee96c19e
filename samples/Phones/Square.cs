using Cqrs.Client.Connections;
using Cqrs.Client.Messaging;
using Cqrs.Domain.Connections;

namespace Cqrs.Phones;

/// <summary>What a phone keeps of one connection, and what its square shows.</summary>
internal sealed class Square(ConnectionEntry entry)
{
    public ConnectionEntry Entry { get; set; } = entry;

    /// <summary>The newest video that the other side has sent, Unix ms.</summary>
    public long? Waiting { get; set; }

    /// <summary>The last one that this phone has in full.</summary>
    public long? Received { get; set; }

    public bool IsViewed { get; set; }

    /// <summary>The last one that this phone has sent.</summary>
    public long? Sent { get; set; }

    /// <summary>What has become of it.</summary>
    public VideoStatus? SentStatus { get; set; }

    public bool HasNew => Waiting > (Received ?? 0);

    /// <summary>Does it take a place on the grid? Those who only ask, and plain contacts, stand below it.</summary>
    public bool IsOnGrid => Entry.State is ConnectionView.Inviting or ConnectionView.Connected or ConnectionView.Rejected;

    /// <summary>At most eight letters.</summary>
    public string Line => this switch
    {
        { Entry.State: ConnectionView.Inviting } => "invited",
        { Entry.State: ConnectionView.Rejected } => "said no",
        { HasNew: true } => "NEW",
        { Received: not null, IsViewed: false } => "to watch",
        { SentStatus: VideoStatus.Viewed } => "seen",
        { SentStatus: VideoStatus.Downloaded } => "has it",
        { Sent: not null } => "sent",
        { Received: not null } => "watched",
        _ => "ready",
    };
}
