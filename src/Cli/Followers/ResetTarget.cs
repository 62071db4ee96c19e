using System.CommandLine.Parsing;
using System.Globalization;
using Cqrs.Cli.CommandLine;
using Cqrs.EventStore.Following;
using Cqrs.EventStore.Log;

namespace Cqrs.Cli.Followers;

/// <summary>The target of a reset: the start of the log, its head, or a position.</summary>
/// <param name="Position">Null for the head.</param>
internal sealed record ResetTarget(LogPosition? Position)
{
    public static readonly ResetTarget Start = new(LogPosition.Start);

    /// <summary>As it is typed.</summary>
    public override string ToString() => Position is not { } position ? "head" : position == LogPosition.Start ? "start" : position.ToString();

    public static ResetTarget Parse(ArgumentResult result)
    {
        var text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
        if (text == "start") return Start;
        if (text == "head") return new((LogPosition?)null);
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var position)) return new(new LogPosition(position));
        result.AddError($"'{text}' is neither start, head nor a position of the log. For example --to start, or --to 81204.");
        return Start;
    }

    /// <summary>The checkpoint, with an anchor in this log.</summary>
    /// <exception cref="CliException">The position lies beyond the end of the log.</exception>
    public async Task<Checkpoint> OnAsync(IEventLog log, CancellationToken cancel)
    {
        if (Position == LogPosition.Start) return Checkpoint.Start;
        var newest = (await log.ReadAllAsync(LogPosition.End, 1, direction: ReadDirection.Backwards, cancel: cancel)).Events.SingleOrDefault();
        if (newest is not null && (Position is null || Position == newest.Position)) return await AtAsync(log, newest, newest.Position, cancel);
        if (Position is not { } position) return Checkpoint.Start;
        if (newest is null || position > newest.Position)
        {
            throw new CliException(ExitCodes.Usage, string.Create(
                CultureInfo.InvariantCulture, $"The log ends at {newest?.Position.Value ?? 0}. Name a position up to there, or say --to head or --to start."));
        }

        // The newest event at or before the position: a read can begin only at a position that the log has returned.
        var before = (await log.ReadAllAsync(position, 1, direction: ReadDirection.Backwards, cancel: cancel)).Events.SingleOrDefault();
        var next = (await log.ReadAllAsync(before?.Position ?? LogPosition.Start, 1, cancel: cancel)).Events.SingleOrDefault();
        var anchor = next is not null && next.Position <= position ? next : before;
        return anchor is null ? Checkpoint.Start : await AtAsync(log, anchor, position, cancel);
    }

    private static async Task<Checkpoint> AtAsync(IEventLog log, RecordedEvent anchor, LogPosition position, CancellationToken cancel) =>
        new(position, await CheckpointAnchor.OfAsync(log, anchor, cancel));
}
