using System.Text.Json.Serialization;
using Cqrs.Cli.CommandLine;
using Cqrs.EventStore.Log;

namespace Cqrs.Cli.Export;

/// <summary>A place in a log that can be found again: in another log, or in one that went on differently, it is not there.</summary>
/// <param name="Log">Identity of the log; null while the log has no events.</param>
/// <param name="Anchor">The newest event that the export has seen; null while it has seen none.</param>
internal sealed record LogMark(Guid? Log, LogAnchor? Anchor)
{
    /// <summary>The mark of an export that has seen nothing of its log, or that an earlier version began.</summary>
    public static readonly LogMark None = new(null, null);

    /// <summary>Returns the mark of everything up to a position.</summary>
    /// <param name="upTo">How far the export has seen the log; a filter may have left out what lies there.</param>
    /// <param name="last">The last exported event, which saves two reads where it lies at that position.</param>
    public static async ValueTask<LogMark> AtAsync(IEventLog log, LogPosition upTo, RecordedEvent? last)
    {
        var newest = last?.Position == upTo ? last : await NewestAsync(log, upTo);
        return new(
            await LogIdentity.OfAsync(log),
            newest is null ? null : new(newest.Position, newest.Id, newest.Stream, newest.Version));
    }

    /// <summary>Refuses a file that was exported from another log, or from this one before an older copy was put back.</summary>
    /// <param name="upTo">How far the export has seen its log.</param>
    /// <exception cref="CliException">The file does not go on with this log.</exception>
    public async Task EnsureSameAsync(ExportPlan plan, IEventLog log, LogPosition upTo, CancellationToken cancel)
    {
        var identity = await LogIdentity.OfAsync(log, cancel);
        if (Log is { } exported && exported != identity)
        {
            throw plan.Refused(
                $"was exported from another log: that one begins with the event {exported}, {(identity is { } first ? $"this one with {first}" : "this one has no events")}.");
        }

        var head = await log.HeadAsync(cancel);
        if (upTo > head)
            throw plan.Refused($"goes up to position {upTo}, and this log ends at {head}: it is another log, or an older copy of it was put back.");
        if (Anchor is not { } anchor) return;
        var slice = await log.ReadStreamAsync(anchor.Stream, anchor.Version, 1, cancel: cancel);
        if (slice.Events is not [var found, ..] || found.Id != anchor.Id || found.Position != anchor.Position)
        {
            throw plan.Refused(
                $"goes up to position {upTo}, and this log no longer has the event that was at position {anchor.Position}: an older copy of the log was put back and has gone on differently.");
        }
    }

    // Reads only from places where an event lies: not every engine can begin between two events.
    private static async ValueTask<RecordedEvent?> NewestAsync(IEventLog log, LogPosition upTo)
    {
        if (upTo == LogPosition.Start) return null;
        var before = await NextAsync(log, upTo, ReadDirection.Backwards);
        var at = await NextAsync(log, before?.Position ?? LogPosition.Start, ReadDirection.Forwards);
        return at?.Position <= upTo ? at : before;
    }

    private static async ValueTask<RecordedEvent?> NextAsync(IEventLog log, LogPosition from, ReadDirection direction)
    {
        // A page may be empty and yet not the last.
        while (true)
        {
            var page = await log.ReadAllAsync(from, 1, direction: direction);
            if (page.Events is [var next, ..]) return next;
            if (page.IsEnd) return null;
            from = page.Position;
        }
    }
}

/// <summary>One event, by its place and its id.</summary>
internal sealed record LogAnchor(
    [property: JsonConverter(typeof(PositionAsNumber))] LogPosition Position, Guid Id, string Stream, long Version);
