using Cqrs.Commands.Execution;
using Cqrs.Domain.Connections;
using Cqrs.Domain.Decisions;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Squares;
using Cqrs.Domain.Users;

namespace Cqrs.Commands.Squares;

/// <summary>
/// Keeps a user's squares and his connections in step, though they are two streams and no transaction spans them.
/// A square is reserved first, on the strength of a version of the connection; then the connection is appended to,
/// expecting that version. See docs/decisions/squares.md for why no interleaving breaks it.
/// </summary>
public sealed class SquareReservations(EventStreams streams, SquareOptions options, TimeProvider clock)
{
    /// <summary>Reserves a square of the user for the connection as it is at <paramref name="connectionVersion"/>.</summary>
    /// <returns>The refusal where there is none left, else null.</returns>
    public async Task<Refusal?> TakeAsync(UserId user, ConnectionId connection, long connectionVersion, CommandContext context)
    {
        var reservation = context.Part(new(context.Command.Derive($"take/{connection}/{connectionVersion}")));
        var refusal = await TryTakeAsync();
        if (refusal != SquareDecider.GridFull || await IsFullAsync(user, context)) return refusal;
        return await TryTakeAsync();

        async Task<Refusal?> TryTakeAsync() => (await streams.ExecuteAsync(
            user, state => SquareDecider.Take(state, connection, connectionVersion, options.Squares, context.At), reservation)).Refusal;
    }

    /// <summary>
    /// Are all squares of the user in use? Squares that a crash has left behind are freed before the answer is yes.
    /// </summary>
    public async Task<bool> IsFullAsync(UserId user, CommandContext context)
    {
        var owner = (await streams.LoadAsync(user)).State;
        if (owner.Squares.Length < options.Squares) return false;
        foreach (var square in owner.Squares) await SettleAsync(user, square.Connection, context);
        return (await streams.LoadAsync(user)).State.Squares.Length >= options.Squares;
    }

    /// <summary>
    /// Frees the square where the connection does not need it. Safe beside anybody who is just reserving it: whoever
    /// could still append on the strength of the old reservation meets a newer version first.
    /// </summary>
    public async Task SettleAsync(UserId user, ConnectionId connection, CommandContext? cause = null)
    {
        while (true)
        {
            var owner = await streams.LoadAsync(user);
            if (owner.State.SquareFor(connection) is not { } square) return;

            var pair = await streams.LoadAsync(connection);
            if (pair.State.TakesSquareOf(user)) return;

            var context = Settling(owner, connection, cause);
            if (pair.Version <= square.ConnectionVersion)
            {
                var lapse = ConnectionDecider.Lapse(pair.State, connection, user, context.At);
                if (await streams.TryAppendAsync(pair, lapse.Events, context) is null) continue;
            }

            // Expects the version read first: a reservation made since then keeps its square.
            var free = SquareDecider.Free(owner.State, connection, context.At);
            if (await streams.TryAppendAsync(owner, free.Events, context) is not null) return;
        }
    }

    // The id derives from what was read, not from who settles it: two who settle the same do it once. Not from the basis
    // of the reservation, for a slow command may reserve on the strength of the same version once more.
    private CommandContext Settling(LoadedStream<User> owner, ConnectionId connection, CommandContext? cause)
    {
        var id = new CommandId(new CommandId(owner.State.Id.Value).Derive($"settle/{connection}/{owner.Version}"));
        return cause is null ? new(id, clock.GetUtcNow()) : cause.Part(id);
    }
}

/// <param name="Squares">How many squares each user has, 1 to 64.</param>
public sealed record SquareOptions(int Squares = SquareDecider.DefaultSquares)
{
    /// <summary>Commands that are under way are left alone for so long; settling them earlier would only make them retry.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(5);
}
