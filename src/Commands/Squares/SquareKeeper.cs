using Cqrs.Commands.Execution;
using Cqrs.EventStore.Following;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Serialization;

namespace Cqrs.Commands.Squares;

/// <summary>
/// The process manager that leaks no square. Between reserving a square and changing the connection, or between
/// changing the connection and freeing a square, a process may die; this one follows the log and settles what is still
/// open after some seconds. What it finds when it starts is settled at once.
/// </summary>
public sealed class SquareKeeper(
    IEventLog log, EventCodec codec, SquareReservations squares, SquareOptions options, ICheckpointStore checkpoints, TimeProvider clock)
{
    public const string Name = "square-keeper";

    private static readonly LogFilter Filter = new()
    {
        Types =
        [
            "square-taken.v1", "square-freed.v1", "invite-sent.v1", "invite-accepted.v1", "invite-cancelled.v1",
            "rejection-acknowledged.v1", "connection-cleared.v1", "party-forgotten.v1",
        ],
    };

    private LogPosition _atStart;

    public LogFollower Follower() => new(Name, log, Filter, checkpoints, Begin, clock);

    /// <summary>Notes the log's head, then follows the log. A log that is not available yet is retried.</summary>
    public Task RunAsync(LogFollower follower, CancellationToken cancel) =>
        follower.RunAsync(async stop => _atStart = await log.HeadAsync(stop), cancel);

    private LatePageHandler Begin()
    {
        var open = new OpenSquares();
        return (page, after, _) => HandleAsync(open, page, after);
    }

    private async Task<LogPosition> HandleAsync(OpenSquares open, LogPage page, LogPosition after)
    {
        foreach (var recorded in page.Events)
        {
            open.Fold(recorded, codec.DecodeErased(recorded), DueOf(recorded), after);
            after = recorded.Position;
        }

        while (open.Oldest is { } square && IsDue(square))
        {
            await squares.SettleAsync(square.User, square.Connection, CommandContext.After(square.Cause, clock.GetUtcNow()));
            open.Close(square.User, square.Connection);
        }

        return open.Oldest?.After ?? page.Position;
    }

    // A clock that was set back makes nobody wait for longer.
    private bool IsDue(OpenSquare square)
    {
        var now = clock.GetUtcNow();
        return square.Due <= now || square.Due > now + options.Grace;
    }

    // Not later than that, whatever the clock of the one who took the event shows.
    private DateTimeOffset DueOf(RecordedEvent recorded)
    {
        var now = clock.GetUtcNow();
        if (recorded.Position <= _atStart) return now;
        return (recorded.Created < now ? recorded.Created : now) + options.Grace;
    }
}
