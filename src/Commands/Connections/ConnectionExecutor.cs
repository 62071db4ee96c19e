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
    /// <param name="by">Whose square is needed if the outcome takes one; null for those who have none at stake.</param>
    public async Task<Outcome<Connection>> ExecuteAsync(
        ConnectionId id, UserId? by, Func<Connection, Decision> decide, CommandContext context, CancellationToken cancel = default)
    {
        var reserved = false;
        for (var conflicts = 0; conflicts < EventStreams.MaxConflicts; conflicts++)
        {
            var before = await streams.LoadAsync(id, cancel);
            if (before.Has(context.Command.EventId(before.Stream, 0))) return new(before, Refusal: null, Appended: true);

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
        return Task.WhenAll(SettleAsync(invite.Inviter), SettleAsync(invite.Invitee));

        Task SettleAsync(UserId user) => before.TakesSquareOf(user) && !after.TakesSquareOf(user)
            ? squares.SettleAsync(user, id, context)
            : Task.CompletedTask;
    }
}
