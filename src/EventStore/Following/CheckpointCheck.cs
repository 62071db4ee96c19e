using System.Globalization;
using Cqrs.EventStore.Log;

namespace Cqrs.EventStore.Following;

/// <summary>Why a checkpoint does not fit the log.</summary>
public enum CheckpointFaultKind
{
    /// <summary>The checkpoint lies beyond the end of the log.</summary>
    Ahead,

    /// <summary>The checkpoint was noted for a log that begins with another event.</summary>
    OtherLog,

    /// <summary>The log begins with the same event, and has another one where the follower has seen its anchor.</summary>
    Diverged,
}

/// <summary>A checkpoint does not fit the log: an older or another log was put in the place of the one that was followed.</summary>
/// <param name="End">Where the log ends.</param>
public sealed record CheckpointFault(CheckpointFaultKind Kind, Checkpoint Checkpoint, LogPosition End)
{
    /// <summary>Stable, for alerts and for programs to branch on.</summary>
    public string Code => Kind switch
    {
        CheckpointFaultKind.Ahead => "ahead-of-log",
        CheckpointFaultKind.OtherLog => "other-log",
        _ => "diverged-log",
    };

    /// <summary>What is wrong, as the end of a sentence; holds positions only.</summary>
    public string Reason => Kind switch
    {
        CheckpointFaultKind.Ahead => Text($"its checkpoint {Checkpoint.Position} lies beyond the end of the log, {End}: an older log was put back"),
        CheckpointFaultKind.OtherLog => Text($"its checkpoint {Checkpoint.Position} belongs to another log, which began with another event than this one"),
        _ => Text($"the log has another event at position {Checkpoint.Anchor!.Position} than the one it has seen there: an older log was put back and has gone on since"),
    };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>The follower must not go on: its checkpoint does not fit the log.</summary>
public sealed class CheckpointMismatchException(CheckpointFault fault) : Exception(fault.Reason)
{
    public CheckpointFault Fault { get; } = fault;
}

/// <summary>Decides whether a checkpoint fits a log. At most three small reads; none for a follower that has seen nothing.</summary>
public static class CheckpointCheck
{
    /// <summary>The rule. An anchor that is found again proves that the log is the same; without one, only the end of the log can be compared.</summary>
    /// <param name="log">Identity of the log; null for an empty log.</param>
    /// <param name="end">Where the log ends, records that the engine keeps for itself included.</param>
    /// <param name="atAnchor">Id of the event that the log has at the place of the anchor; null where it has none.</param>
    /// <returns>Null where the checkpoint fits.</returns>
    public static CheckpointFault? Judge(Checkpoint checkpoint, Guid? log, LogPosition end, Guid? atAnchor)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        if (checkpoint.Position == LogPosition.Start) return null;
        if (checkpoint.Anchor is { } anchor && anchor.Event == atAnchor) return null;
        if (log is not null && checkpoint.Anchor?.Log is { } noted && noted != log) return new(CheckpointFaultKind.OtherLog, checkpoint, end);
        if (checkpoint.Position > end) return new(CheckpointFaultKind.Ahead, checkpoint, end);
        return checkpoint.Anchor is null ? null : new(CheckpointFaultKind.Diverged, checkpoint, end);
    }

    /// <summary>Reads from the log what the rule asks for.</summary>
    /// <returns>Null where the checkpoint fits.</returns>
    /// <exception cref="EventLogException">The log cannot be read.</exception>
    public static async ValueTask<CheckpointFault?> FaultAsync(IEventLog log, Checkpoint checkpoint, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(log);
        ArgumentNullException.ThrowIfNull(checkpoint);
        if (checkpoint.Position == LogPosition.Start) return null;
        var found = checkpoint.Anchor is { } anchor ? await AtAsync(log, anchor, cancel) : null;
        if (found is not null && found == checkpoint.Anchor!.Event) return null;
        return Judge(checkpoint, await LogIdentity.OfAsync(log, cancel), await log.EndAsync(cancel), found);
    }

    /// <exception cref="CheckpointMismatchException">It does not fit.</exception>
    public static async ValueTask EnsureAsync(IEventLog log, Checkpoint checkpoint, CancellationToken cancel)
    {
        if (await FaultAsync(log, checkpoint, cancel) is { } fault) throw new CheckpointMismatchException(fault);
    }

    private static async ValueTask<Guid?> AtAsync(IEventLog log, CheckpointAnchor anchor, CancellationToken cancel)
    {
        try
        {
            var slice = await log.ReadStreamAsync(anchor.Stream, anchor.Version, 1, cancel: cancel);
            return slice.Events is [var found] && found.Position == anchor.Position ? found.Id : null;
        }
        catch (EventLogException e) when (e.Code == EventLogErrors.StreamDeleted)
        {
            return null;
        }
    }
}
