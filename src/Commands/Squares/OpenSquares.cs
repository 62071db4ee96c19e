using Cqrs.Domain.Connections;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Users;
using Cqrs.EventStore.Log;

namespace Cqrs.Commands.Squares;

/// <summary>A square that may be reserved in vain.</summary>
/// <param name="Cause">The newest event that says so.</param>
/// <param name="Due">Whoever was under way then should be done by now.</param>
/// <param name="After">The position before the event: who begins there sees it again.</param>
internal readonly record struct OpenSquare(UserId User, ConnectionId Connection, RecordedEvent Cause, DateTimeOffset Due, LogPosition After);

/// <summary>
/// The squares for which the log has not yet told what became of them. Nearly each one that an event opens is closed by
/// another soon after; only the rest is worth a look at the streams.
/// </summary>
internal sealed class OpenSquares
{
    private readonly Dictionary<(UserId User, ConnectionId Connection), OpenSquare> _open = [];

    // In the order of the log, with those that are closed or opened again since.
    private readonly Queue<((UserId User, ConnectionId Connection) Square, LogPosition Position)> _order = [];

    /// <summary>The one that has been open for the longest time.</summary>
    public OpenSquare? Oldest
    {
        get
        {
            while (_order.TryPeek(out var first))
            {
                if (_open.TryGetValue(first.Square, out var square) && square.Cause.Position == first.Position) return square;
                _order.Dequeue();
            }

            return null;
        }
    }

    /// <summary>It was looked after.</summary>
    public void Close(UserId user, ConnectionId connection) => _open.Remove((user, connection));

    /// <param name="recorded">Events in the order of the log.</param>
    /// <param name="due">When what it opens is to be looked after.</param>
    /// <param name="after">The position that was seen before it.</param>
    public void Fold(RecordedEvent recorded, object @event, DateTimeOffset due, LogPosition after)
    {
        switch (@event)
        {
            case SquareTaken e:
                Open(e.User, e.Connection);
                break;
            case SquareFreed e:
                Close(e.User, e.Connection);
                break;
            case InviteSent e:
                Close(e.Inviter, e.Connection);
                Open(e.Invitee, e.Connection);
                break;
            case InviteAccepted e:
                Close(e.Inviter, e.Connection);
                Close(e.Invitee, e.Connection);
                break;
            case InviteCancelled e:
                Open(e.Inviter, e.Connection);
                break;
            case RejectionAcknowledged e:
                Open(e.Inviter, e.Connection);
                break;
            case ConnectionCleared e:
                Open(e.By, e.Connection);
                Open(e.Other, e.Connection);
                break;
            case PartyForgotten e:
                Open(e.Other, e.Connection);
                break;
        }

        void Open(UserId user, ConnectionId connection)
        {
            _open[(user, connection)] = new(user, connection, recorded, due, after);
            _order.Enqueue(((user, connection), recorded.Position));
        }
    }
}
