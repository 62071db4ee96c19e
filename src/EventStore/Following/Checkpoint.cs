using Cqrs.EventStore.Log;

namespace Cqrs.EventStore.Following;

/// <summary>The position that a follower of the log has reached, and the anchor by which it recognises that log.</summary>
/// <param name="Position">Everything up to here has been handled.</param>
/// <param name="Anchor">An event at or before the position; null for a checkpoint that a version without anchors wrote.</param>
public sealed record Checkpoint(LogPosition Position, CheckpointAnchor? Anchor = null)
{
    /// <summary>The checkpoint of a follower that has seen nothing yet.</summary>
    public static readonly Checkpoint Start = new(LogPosition.Start);

    /// <summary>
    /// How often an operator has set this checkpoint. A follower that began before the last time saves nothing more and
    /// reads its checkpoint again.
    /// </summary>
    public long Resets { get; init; }

    /// <summary>
    /// Where the follower reads on. Between the anchor and the position lay nothing that it asks for, or little that it
    /// has handled already; a log that was cut between the two has other events there now.
    /// </summary>
    public LogPosition ReadsFrom => Anchor is { } anchor && anchor.Position < Position ? anchor.Position : Position;
}

/// <summary>One event of the log that a follower has passed; where it is found again, the log is the same up to there.</summary>
/// <param name="Log">Identity of the log, see <see cref="LogIdentity"/>.</param>
/// <param name="Position">Of the event in the log.</param>
/// <param name="Event">Id of the event.</param>
/// <param name="Stream">Where the event lies: every engine reads a stream from any version, but the log only from positions that it has returned.</param>
/// <param name="Version">Of the event in its stream.</param>
public sealed record CheckpointAnchor(Guid Log, LogPosition Position, Guid Event, string Stream, long Version)
{
    /// <summary>Takes an event as the anchor.</summary>
    /// <param name="log">Where the event was read.</param>
    public static async ValueTask<CheckpointAnchor> OfAsync(IEventLog log, RecordedEvent recorded, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(recorded);

        // A log that holds an event has a first one.
        var identity = (await LogIdentity.OfAsync(log, cancel))!.Value;
        return new(identity, recorded.Position, recorded.Id, recorded.Stream, recorded.Version);
    }
}
