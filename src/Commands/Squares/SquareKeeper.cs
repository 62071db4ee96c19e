using Cqrs.Commands.Execution;
using Cqrs.Domain.Connections;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Users;
using Cqrs.EventStore.Following;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Serialization;

namespace Cqrs.Commands.Squares;

/// <summary>
/// The process manager that leaks no square. Between reserving a square and changing the connection, or between
/// changing the connection and freeing a square, a process may die; this one reads the log some seconds late and
/// settles what was left open. What it finds when it starts is settled at once.
/// </summary>
public sealed class SquareKeeper(
    IEventLog log, EventCodec codec, SquareReservations squares, ICheckpointStore checkpoints, TimeProvider clock)
{
    public const string Name = "square-keeper";

    /// <summary>Commands that are under way are left alone for so long; settling them earlier would only make them retry.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private static readonly LogFilter Filter = new()
    {
        Types =
        [
            "square-taken.v1", "square-freed.v1", "invite-sent.v1", "invite-accepted.v1", "invite-cancelled.v1",
            "rejection-acknowledged.v1", "connection-cleared.v1", "party-forgotten.v1",
        ],
    };

    private LogPosition _atStart;

    public LogFollower Follower() => new(Name, log, Filter, checkpoints, HandleAsync, clock);

    /// <summary>Remembers where the log stood, then follows it.</summary>
    public async Task RunAsync(LogFollower follower, CancellationToken cancel)
    {
        _atStart = await log.HeadAsync(cancel);
        await follower.RunAsync(cancel);
    }

    private async Task HandleAsync(LogPage page, CancellationToken cancel)
    {
        var newest = page.Events[^1];
        if (newest.Position > _atStart && EventMetadata.TimeOf(newest) + Grace - clock.GetUtcNow() is { Ticks: > 0 } wait)
            await Task.Delay(wait < Grace ? wait : Grace, clock, cancel);

        var open = new Dictionary<(UserId User, ConnectionId Connection), RecordedEvent>();
        foreach (var recorded in page.Events) Fold(open, recorded, codec.DecodeErased(recorded));
        foreach (var ((user, connection), cause) in open)
            await squares.SettleAsync(user, connection, CommandContext.After(cause, clock.GetUtcNow()));
    }

    // Most of what a page opens it also closes; only the rest is worth a look at the streams.
    private static void Fold(Dictionary<(UserId User, ConnectionId Connection), RecordedEvent> open, RecordedEvent recorded, object @event)
    {
        switch (@event)
        {
            case SquareTaken e:
                open[(e.User, e.Connection)] = recorded;
                break;
            case SquareFreed e:
                open.Remove((e.User, e.Connection));
                break;
            case InviteSent e:
                open.Remove((e.Inviter, e.Connection));
                open[(e.Invitee, e.Connection)] = recorded;
                break;
            case InviteAccepted e:
                open.Remove((e.Inviter, e.Connection));
                open.Remove((e.Invitee, e.Connection));
                break;
            case InviteCancelled e:
                open[(e.Inviter, e.Connection)] = recorded;
                break;
            case RejectionAcknowledged e:
                open[(e.Inviter, e.Connection)] = recorded;
                break;
            case ConnectionCleared e:
                open[(e.By, e.Connection)] = recorded;
                open[(e.Other, e.Connection)] = recorded;
                break;
            case PartyForgotten e:
                open[(e.Other, e.Connection)] = recorded;
                break;
        }
    }
}
