using Cqrs.EventStore.Log;

namespace Cqrs.EventStore.Following;

/// <summary>The anchors for the next checkpoints of a follower: the last event of each page that it was shown.</summary>
/// <param name="last">The anchor of the checkpoint that it began with.</param>
public sealed class AnchorTrail(IEventLog log, CheckpointAnchor? last)
{
    // A follower that finishes nothing for a long time gets an older anchor, which identifies the log as well.
    private const int Most = 1_024;

    private readonly Queue<CheckpointAnchor> _ahead = [];
    private CheckpointAnchor? _last = last;

    /// <summary>Notes the last event of a page; a page without events leaves the anchor where it is.</summary>
    public async ValueTask SawAsync(LogPage page, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(page);
        if (page.Events.Count == 0 || _ahead.Count == Most) return;
        _ahead.Enqueue(await CheckpointAnchor.OfAsync(log, page.Events[^1], cancel));
    }

    /// <summary>The newest anchor at or before the position; null where none is known.</summary>
    public CheckpointAnchor? UpTo(LogPosition position)
    {
        while (_ahead.TryPeek(out var next) && next.Position <= position) _last = _ahead.Dequeue();
        return _last;
    }

    /// <summary>
    /// Takes the newest event of the log as the anchor, whatever the follower asks for, where that event lies at or
    /// before the position. One small read; for a follower that is shown events only now and then.
    /// </summary>
    public async ValueTask RefreshAsync(LogPosition upTo, CancellationToken cancel)
    {
        if (UpTo(upTo)?.Position == upTo || _ahead.Count > 0) return;
        var newest = await log.ReadAllAsync(LogPosition.End, 1, direction: ReadDirection.Backwards, cancel: cancel);
        if (newest.Events is not [var recorded] || recorded.Position > upTo || recorded.Position <= _last?.Position) return;
        _last = await CheckpointAnchor.OfAsync(log, recorded, cancel);
    }
}
