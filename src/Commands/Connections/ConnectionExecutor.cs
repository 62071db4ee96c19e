using Cqrs.Commands.Execution;
using Cqrs.Commands.Squares;
using Cqrs.Domain.Connections;
using Cqrs.Domain.Decisions;
using Cqrs.Domain.Identity;

namespace Cqrs.Commands.Connections;

/// <summary>
/// Runs a decision on a connection, with the squares that it takes or sets free: reserve, append, settle.
/// </summary>
public sealed class ConnectionExecutor(EventStreams streams, SquareReservations squares)
{
    private const int MaxConflicts = 100;

    /// <param name="by">Whose square is needed if the outcome takes one; null for those who have none at stake.</param>
    public async Task<Outcome<Connection>> ExecuteAsync(
        ConnectionId id, UserId? by, Func<Connection, Decision> decide, CommandContext context, CancellationToken cancel = default)
    {
        var reserved = false;
        for (var conflicts = 0; conflicts < MaxConflicts; conflicts++)
        {
            var before = await streams.LoadAsync(id, cancel);
            if (before.Has(context.Command.EventId(before.Stream, 0))) return new(before, Refusal: null, Appended: false);

            var decision = decide(before.State);
            if (decision.Events.Count == 0)
            {
                if (reserved) await squares.SettleAsync(by!.Value, id, context);
                return new(before, decision.Refusal, Appended: false);
            }

            var outcome = decision.Events.Aggregate(before.State, (state, e) => state.Evolve(e));
            if (by is { } caller && outcome.TakesSquareOf(caller))
            {
                if (await squares.TakeAsync(caller, id, before.Version, context) is { } refusal) return new(before, refusal, Appended: false);
                reserved = true;
            }

            if (await streams.TryAppendAsync(before, decision.Events, context) is not { } after) continue;
            await SettleFreedAsync(id, before.State, after.State, context);
            return new(after, Refusal: null, Appended: true);
        }

        throw new TooContendedException(StreamNames.Of(id));
    }

    private Task SettleFreedAsync(ConnectionId id, Connection before, Connection after, CommandContext context)
    {
        if (before.Invite is not { } invite) return Task.CompletedTask;
        var inviter = Freed(invite.Inviter);
        var invitee = Freed(invite.Invitee);
        return (inviter, invitee) switch
        {
            (true, true) => Task.WhenAll(squares.SettleAsync(invite.Inviter, id, context), squares.SettleAsync(invite.Invitee, id, context)),
            (true, false) => squares.SettleAsync(invite.Inviter, id, context),
            (false, true) => squares.SettleAsync(invite.Invitee, id, context),
            _ => Task.CompletedTask,
        };

        bool Freed(UserId user) => before.TakesSquareOf(user) && !after.TakesSquareOf(user);
    }
}
